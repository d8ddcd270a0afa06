"""The keys of a model: which origins take them, and what a change of each asks of `lock`.

One table for models.toml, models.lock, staleness, and the reference documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from modellock.values.origins import Kind

Scalar = str | bool | int
Value = Scalar | tuple[str, ...]
"""What a written key can hold; arrays become tuples."""

Mirror = str | tuple[tuple[str, str], ...]
"""A URL template or `file:` URL, or a table like a model's origin as sorted pairs."""


class OnChange(StrEnum):
    """What the next `lock` does when a key differs from models.lock."""

    RESOLVE = "resolve"
    """Choose a version anew; the old pin is preferred if it fits."""

    SELECT = "select"
    """Same version, files chosen anew."""

    REWRITE = "rewrite"
    """Copy the key; no request."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key that `[models.NAME]` may have besides its origin."""

    name: str
    kinds: frozenset[Kind]
    on_change: OnChange

    @property
    def field(self) -> str:
        """The name of the field of `Spec` and `LockedModel`."""
        return self.name.replace("-", "_")


_ALL = frozenset(Kind)
_HUB = frozenset([Kind.HUB])
_HUB_GITHUB = frozenset([Kind.HUB, Kind.GITHUB])
_GITHUB = frozenset([Kind.GITHUB])
_URL = frozenset([Kind.URL])
_LISTED = frozenset([Kind.HUB, Kind.GITHUB, Kind.LOCAL])
_PACKED = frozenset([Kind.GITHUB, Kind.URL, Kind.LOCAL])

IDENTITY_KEYS = (
    Key("source", _HUB_GITHUB, OnChange.RESOLVE),
    Key("type", _HUB, OnChange.RESOLVE),
)
"""They stand by themselves in models.lock, and say which repository is meant."""

REQUESTED_KEYS = (
    Key("revision", _HUB, OnChange.RESOLVE),
    Key("tag", _GITHUB, OnChange.RESOLVE),
    Key("version", _HUB_GITHUB, OnChange.RESOLVE),
    Key("tag-prefix", _HUB_GITHUB, OnChange.RESOLVE),
    Key("prereleases", _HUB_GITHUB, OnChange.RESOLVE),
    Key("sha256", _URL, OnChange.RESOLVE),
    Key("include", _LISTED, OnChange.SELECT),
    Key("exclude", _LISTED, OnChange.SELECT),
    Key("formats", _HUB, OnChange.SELECT),
    Key("unpack", _PACKED, OnChange.SELECT),
    Key("strip-components", _PACKED, OnChange.SELECT),
    Key("join", frozenset([Kind.GITHUB, Kind.URL]), OnChange.SELECT),
)
"""They are repeated, as written, in a locked model's `requested`."""

COPIED_KEYS = (
    Key("license", _ALL, OnChange.REWRITE),
    Key("groups", _ALL, OnChange.REWRITE),
    Key("marker", _ALL, OnChange.REWRITE),
    Key("path", _ALL, OnChange.REWRITE),
    Key("layout", _ALL, OnChange.REWRITE),
    Key("filename", _URL, OnChange.REWRITE),
    Key("rename", _ALL, OnChange.REWRITE),
    Key("mirrors", _ALL, OnChange.REWRITE),
    Key("closure", _HUB, OnChange.RESOLVE),
    Key("hold", _ALL, OnChange.REWRITE),
)
"""They stand by themselves in models.lock, under the same name."""

MODEL_KEYS: tuple[Key, ...] = IDENTITY_KEYS + REQUESTED_KEYS + COPIED_KEYS

Requested = tuple[tuple[str, Value], ...]
"""The written keys among REQUESTED_KEYS, in that table's order."""


def requested_from(written: Mapping[str, Value]) -> Requested:
    """Pick and order what `requested` repeats."""
    return tuple((key.name, written[key.name]) for key in REQUESTED_KEYS if key.name in written)


LOCKED_KEYS: Mapping[str, frozenset[Kind]] = {
    "repo-id": _HUB_GITHUB,
    "requested": _ALL,
    "required-by": _HUB,
    "version": _HUB_GITHUB,
    "tag": _HUB_GITHUB,
    "revision": _HUB,
    "commit": _HUB_GITHUB,
    "committed": _HUB,
    "published": _GITHUB,
    "url": frozenset([Kind.HUB, Kind.GITHUB, Kind.URL]),
    "trust": frozenset([Kind.GITHUB, Kind.URL]),
    "gated": _HUB,
    "size": _ALL,
    "tree": _ALL,
    "archives": _PACKED,
    "files": _ALL,
}
"""What models.lock says of a model beside what models.toml wrote, and for which origins."""
