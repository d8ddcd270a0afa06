"""Where else the bytes of a file may be: mirrors, as the URLs that they stand for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from modellock.documents.keys import Mirror
from modellock.documents.lockfile import Lock
from modellock.documents.manifest import FILE_NAME, Manifest
from modellock.documents.mirrors import (
    Mirrored,
    filled,
    hosts_of,
    lacking,
    lacking_words,
    mirror_words,
)
from modellock.errors import ManifestError
from modellock.values.digest import Digest
from modellock.values.origins import (
    DEFAULT_REVISION,
    Kind,
    github_assets_path,
    hub_files_path,
    quote_path,
)
from modellock.values.tables import bare_or_quoted


class Servers(Protocol):
    """Where repositories are served from, without a slash at the end."""

    @property
    def hub(self) -> str: ...  # noqa: D102
    @property
    def github_server(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class MirrorPlace:
    """One file at one mirror."""

    mirror: str
    """The mirror as it is written."""

    url: str


def places_of(
    model: Mirrored,
    path: str,
    digest: Digest,
    mirrors: Iterable[Mirror],
    servers: Servers,
) -> tuple[MirrorPlace, ...]:
    """Where a file of a model is at mirrors, in their order.

    A mirror that needs what the model has not is passed over: neither lock nor manifest has such.
    """
    return tuple(
        MirrorPlace(mirror_words(mirror), _url(mirror, model, path, digest, servers))
        for mirror in mirrors
        if lacking(mirror, model) is None
    )


def check_derivable(lock: Lock) -> None:
    """Refuse a mirror that needs what one of the models that were chosen has not.

    Raises ManifestError that names it as it stands in models.toml.
    """
    for name, model in lock.models.items():
        own = f"models.{bare_or_quoted(name)}"
        for table, mirrors in ((own, model.mirrors), ("settings", lock.settings.mirrors)):
            for position, mirror in enumerate(mirrors):
                needed = lacking(mirror, model)
                if needed is not None:
                    words = lacking_words(needed, model)
                    raise ManifestError(
                        f"{FILE_NAME}: {table}.mirrors[{position}] {words}",
                        hint="write a mirror of some models below each of these",
                        model=name,
                    )


def named_hosts(manifest: Manifest) -> frozenset[str]:
    """Every host that models.toml names, in lower case."""
    return frozenset(_hosts(manifest))


def _hosts(manifest: Manifest) -> Iterator[str]:
    for source in manifest.sources.values():
        yield urlsplit(source.endpoint).hostname or ""
    yield from hosts_of(manifest.settings.mirrors)
    for spec in manifest.specs.values():
        yield from hosts_of(spec.mirrors)
        if spec.kind is Kind.URL:
            yield urlsplit(spec.origin).hostname or ""


def _url(mirror: Mirror, model: Mirrored, path: str, digest: Digest, servers: Servers) -> str:
    if isinstance(mirror, str):
        return filled(mirror, _texts(model, path, digest))
    table = dict(mirror)
    if "hub" in table:
        # Not the locked commit: that is one of another repository.
        revision = table.get("revision", DEFAULT_REVISION)
        below = hub_files_path(table.get("type", "model"), table["hub"], revision)
        return servers.hub + below + quote_path(path)
    tag = table.get("tag", model.tag or "")
    return servers.github_server + github_assets_path(table["github"], tag) + quote_path(path)


def _texts(model: Mirrored, path: str, digest: Digest) -> dict[str, str]:
    texts = {
        "name": model.name,
        "path": path,
        "sha256": digest.value,
        "version": model.version,
        "tag": model.tag,
        "commit": model.commit,
    }
    return {name: _quoted(text) for name, text in texts.items() if text is not None}


def _quoted(text: str) -> str:
    return "/".join(quote(segment, safe="") for segment in text.split("/"))
