"""Mirrors as models.toml and models.lock write them: other places that serve the same bytes."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from modellock.documents.keys import Mirror
from modellock.values.origins import parse_github_id, parse_hub_id, parse_ref, parse_url
from modellock.values.tables import Table, quoted

PLACEHOLDERS = ("name", "path", "sha256", "version", "tag", "commit")
"""What a template may hold, in curly brackets."""

_OF_VERSION = ("version", "tag", "commit")
"""Those that not every model has."""

_PLACEHOLDER = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
_WORDS = ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS)
# Without a host, which on Windows would be another machine, as would two slashes.
_FILE = re.compile(r"file:(?://)?/(?!/)[!-~]*")


class Mirrored(Protocol):
    """What a spec's version and a locked model have in common here."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str | None: ...  # noqa: D102
    @property
    def tag(self) -> str | None: ...  # noqa: D102
    @property
    def commit(self) -> str | None: ...  # noqa: D102


def parse_mirrors(table: Table) -> tuple[Mirror, ...]:
    """Read a `mirrors` array of URL templates, `file:` URLs and origin tables."""
    value = table.content.get("mirrors", [])
    if not isinstance(value, list):
        raise table.fail("is not an array of URLs and tables", "mirrors")
    return tuple(
        table.check(f"mirrors[{position}]", _mirror, item) for position, item in enumerate(value)
    )


def check_mirrors(table: Table, mirrors: tuple[Mirror, ...], model: Mirrored) -> None:
    """Refuse a mirror that needs what a model has not; TableError at the mirror."""
    for position, mirror in enumerate(mirrors):
        needed = lacking(mirror, model)
        if needed is not None:
            raise table.fail(lacking_words(needed, model), f"mirrors[{position}]")


def lacking(mirror: Mirror, model: Mirrored) -> str | None:
    """The first placeholder of a mirror that a model has no text for; None where it has all.

    A release without a `tag` is the one of the model's own tag.
    """
    if isinstance(mirror, str):
        needed: list[str] = _PLACEHOLDER.findall(mirror)
    else:
        table = dict(mirror)
        needed = ["tag"] if "github" in table and "tag" not in table else []
    return next(
        (name for name in needed if name in _OF_VERSION and getattr(model, name) is None), None
    )


def lacking_words(needed: str, model: Mirrored) -> str:
    """How to say so."""
    return f"is refused: it needs `{{{needed}}}`, and {model.name} has no {needed}"


def filled(template: str, texts: Mapping[str, str]) -> str:
    """A template with its placeholders replaced."""
    return _PLACEHOLDER.sub(lambda found: texts[found[1]], template)


def mirror_words(mirror: Mirror) -> str:
    """A mirror as it is written, which tells it from others; no template holds a secret."""
    if isinstance(mirror, str):
        return mirror
    return "{ " + ", ".join(f"{key} = {quoted(text)}" for key, text in mirror) + " }"


def hosts_of(mirrors: tuple[Mirror, ...]) -> Iterator[str]:
    """The hosts that mirrors name."""
    for mirror in mirrors:
        host = urlsplit(mirror).hostname if isinstance(mirror, str) else None
        if host:
            yield host


def _mirror(value: Any) -> Mirror:
    if isinstance(value, str):
        return _template(value)
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValueError(f'{value!r} is not a URL or a table such as `{{ hub = "org/name" }}`')
    if ("hub" in value) == ("github" in value):
        raise ValueError("a mirror's table has either `hub` or `github`")
    known = _HUB_MIRROR if "hub" in value else _GITHUB_MIRROR
    for key, text in value.items():
        if key not in known:
            raise ValueError(f"{key!r} is not a key of such a mirror")
        known[key](text)
    return tuple(sorted(value.items()))


def _template(text: str) -> str:
    unknown = re.search(r"[{}]", _PLACEHOLDER.sub("x", text))
    if unknown:
        raise ValueError(f"{text!r} has a placeholder other than {_WORDS}")
    if text.startswith("file:"):
        return _file_template(text)
    parse_url(text)
    # Whoever reads the file is to see which hosts are asked.
    if "{" in urlsplit(text).netloc:
        raise ValueError(f"{text!r} has a placeholder in the name of its host")
    return text


def _file_template(text: str) -> str:
    if not _FILE.fullmatch(text) or re.search(r"[?#\\]", text):
        raise ValueError(f"{text!r} is not the URL of a file here, such as `file:///mnt/{{path}}`")
    path = unquote(urlsplit(text).path)
    if path.startswith("//") or re.search(r"[\x00-\x1f\x7f\\]", path):
        raise ValueError(f"{text!r} has characters that no path here has, encoded")
    return text


def parse_repository_type(text: str) -> str:
    """Return `model` or `dataset`; ValueError for others."""
    if text not in ("model", "dataset"):
        raise ValueError(f"{text!r} is not `model` or `dataset`")
    return text


_HUB_MIRROR: Mapping[str, Callable[[str], str]] = {
    "hub": parse_hub_id,
    "type": parse_repository_type,
    "revision": parse_ref,
}
_GITHUB_MIRROR: Mapping[str, Callable[[str], str]] = {
    "github": parse_github_id,
    "tag": parse_ref,
}
