"""What people paste to name a model, read as an entry of models.toml."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from modellock.documents.keys import Value
from modellock.values.origins import (
    CANONICAL_GITHUB_SERVER,
    CANONICAL_HUB,
    Kind,
    filename_of,
    parse_github_id,
    parse_hub_id,
    parse_ref,
    parse_url,
)
from modellock.values.paths import parse_model_name
from modellock.values.versions import check_bounds, version_of

_LOCAL = re.compile(r"\.{1,2}(?:[/\\]|$)|[/\\~]|[A-Za-z]:[/\\]")
_HF = re.compile(
    r"hf://(?P<type>(?:model|dataset|space|kernel)s/)?(?P<id>[^/@]+(?:/[^/@]+)?)"
    r"(?:@(?P<revision>refs/(?:pr|convert)/[^/]+|[^/]+))?(?:/(?P<path>.+))?"
)
_BOUNDS = re.compile(r"[<>=!~]")
_EXTENSION = re.compile(r"(\.tar)?\.[A-Za-z][A-Za-z0-9]{0,11}$")
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_MAGIC = re.compile(r"([*?[])")
_OTHER_HUB_PAGES = frozenset(
    [
        "api",
        "blog",
        "buckets",
        "chat",
        "collections",
        "docs",
        "enterprise",
        "join",
        "kernels",
        "learn",
        "login",
        "models",
        "organizations",
        "papers",
        "posts",
        "pricing",
        "settings",
        "spaces",
        "tasks",
    ]
)
_WITHIN_REPOSITORY = frozenset(
    ["blame", "blob", "commit", "commits", "discussions", "edit", "raw", "resolve", "tree"]
)


@dataclass(frozen=True, slots=True)
class Site:
    """A web site with a page for each of its models."""

    kind: Kind
    url: str
    source: str | None = None
    """Its name in `[sources]`, where it is not the default one."""


SITES = (
    Site(Kind.HUB, CANONICAL_HUB),
    Site(Kind.HUB, "https://www.huggingface.co"),
    Site(Kind.HUB, "https://hf.co"),
    Site(Kind.GITHUB, CANONICAL_GITHUB_SERVER),
    Site(Kind.GITHUB, "https://www.github.com"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """An origin, and the other keys that the pasted text implies."""

    kind: Kind
    origin: str
    keys: Mapping[str, Value]


def parse_pasted(text: str, sites: Sequence[Site] = SITES) -> Pasted:
    """Read an id, a URI, a page's or file's URL, or a path; ValueError when it is none of them.

    Whether there is such a thing upstream is not asked.
    """
    if _LOCAL.match(text):
        return Pasted(kind=Kind.LOCAL, origin=text, keys={})
    if text.startswith("hf://"):
        return _hub_uri(text)
    if text.startswith("github:"):
        origin, _, version = text.removeprefix("github:").partition("@")
        return _github(origin, **_release_keys(version))
    for site in sites:
        below = _below(text, site)
        if below is not None:
            return _page(below, text, site)
    if "://" in text:
        return Pasted(kind=Kind.URL, origin=parse_url(text), keys={})
    origin, _, revision = text.partition("@")
    return _hub(origin, **_revision_keys(revision))


def name_for(kind: Kind, origin: str) -> str:
    """The name of an entry: its origin's last segment, made to fit; ValueError if nothing fits."""
    last = filename_of(origin) if kind is Kind.URL else re.split(r"[/\\]", origin.rstrip("/\\"))[-1]
    bare = _EXTENSION.sub("", last) if kind is Kind.URL else last
    return parse_model_name(_UNFIT.sub("-", bare).strip("._-"))


def _hub(origin: str, **keys: Value) -> Pasted:
    return Pasted(kind=Kind.HUB, origin=parse_hub_id(origin), keys=keys)


def _github(origin: str, **keys: Value) -> Pasted:
    return Pasted(kind=Kind.GITHUB, origin=parse_github_id(origin.removesuffix(".git")), keys=keys)


def _hub_uri(text: str) -> Pasted:
    found = _HF.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a Hub URI such as `hf://org/name@revision/file`")
    keys = _type_keys((found["type"] or "models/").rstrip("/"))
    keys |= _revision_keys(unquote(found["revision"] or ""))
    if found["path"]:
        keys["include"] = (_glob_of(found["path"]),)
    return _hub(found["id"], **keys)


def _type_keys(plural: str) -> dict[str, Value]:
    if plural not in ("models", "datasets"):
        raise ValueError(f"`{plural}` of the Hub are not what modellock locks: models and datasets")
    return {"type": "dataset"} if plural == "datasets" else {}


def _revision_keys(revision: str) -> dict[str, Value]:
    """`main` is what a Hub model means by itself."""
    if revision in ("", "main"):
        return {}
    if _BOUNDS.match(revision):
        return {"version": check_bounds(revision)}
    return {"revision": parse_ref(revision)}


def _release_keys(version: str) -> dict[str, Value]:
    """`1.2` is a version, under whichever tag; `v1.2` and `nightly` are tags."""
    if not version:
        return {}
    if _BOUNDS.match(version):
        return {"version": check_bounds(version)}
    if version[0].isdigit() and version_of(version) is not None:
        return {"version": check_bounds(f"=={version}")}
    return {"tag": parse_ref(version)}


def _below(text: str, site: Site) -> str | None:
    """The path of a page below a site's root; None for a page of another site.

    Browsers hide `https://`, and people leave it out.
    """
    host, page = (_without_scheme(url) for url in (site.url, text))
    if page.partition("/")[0].lower() != host.partition("/")[0].lower():
        return None
    root, path = (urlsplit(f"//{url}").path for url in (host, page))
    return path[len(root) :] if path == root or path.startswith(f"{root}/") else None


def _without_scheme(url: str) -> str:
    return url.removeprefix("https://").removeprefix("http://")


def _page(path: str, text: str, site: Site) -> Pasted:
    segments = [unquote(segment) for segment in path.split("/") if segment]
    pasted = _github_page(segments, text) if site.kind is Kind.GITHUB else _hub_page(segments)
    if site.source is None or pasted.kind is not site.kind:
        return pasted
    return replace(pasted, keys={"source": site.source, **pasted.keys})


def _hub_page(segments: list[str]) -> Pasted:
    keys = _type_keys("datasets" if segments[:1] == ["datasets"] else "models")
    words = segments[1:] if "type" in keys else segments
    if not words or words[0] in _OTHER_HUB_PAGES:
        raise ValueError(f"{_shown(segments)} is not the page of a model or a dataset")
    # The oldest repositories have one segment: `gpt2`, and its files at `gpt2/tree/main`.
    length = 1 if words[1:2] and words[1] in _WITHIN_REPOSITORY else 2
    return _hub("/".join(words[:length]), **keys, **_within(words[length:]))


def _within(words: list[str]) -> dict[str, Value]:
    """What a page within a repository adds: a revision, a file, a directory."""
    if not words or words[0] not in _WITHIN_REPOSITORY - {"discussions"}:
        return {}
    length = 3 if words[1:2] == ["refs"] else 1
    keys = _revision_keys("/".join(words[1 : 1 + length]))
    below = "/".join(words[1 + length :])
    if below:
        keys["include"] = (_glob_of(f"{below}/" if words[0] == "tree" else below),)
    return keys


def _github_page(segments: list[str], text: str) -> Pasted:
    origin, rest = "/".join(segments[:2]), segments[2:]
    match rest:
        case [] | ["releases" | "tags"] | ["releases", "latest"]:
            return _github(origin)
        case ["releases", "tag", _, *_]:
            return _github(origin, tag=parse_ref("/".join(rest[2:])))
        case ["releases", "latest", "download", file]:
            return _github(origin, include=(_glob_of(file),))
        case ["releases", "download", _, *_, file]:
            return _github(origin, tag=parse_ref("/".join(rest[2:-1])), include=(_glob_of(file),))
        case ["raw" | "archive", *_]:
            return Pasted(kind=Kind.URL, origin=parse_url(text), keys={})
        case _:
            raise ValueError(f"{_shown(segments)} is not the page of a repository or of a release")


def _shown(segments: list[str]) -> str:
    # Without the query, which may hold a secret.
    return repr("/" + "/".join(segments))


def _glob_of(path: str) -> str:
    """The glob that matches a path, or everything below it, and nothing else."""
    return _MAGIC.sub(r"[\1]", path)
