"""PEP 440 versions and bounds, and PEP 508 markers: the only module that knows `packaging`.

packaging takes 20 ms to import, and most projects neither bound versions nor mark models: it is
imported late.
"""

import re
from typing import Any, Protocol


def check_bounds(text: str) -> str:
    """Return PEP 440 bounds such as `>=1.2,<2`; ValueError when they are not."""
    from packaging.specifiers import SpecifierSet

    try:
        bounds = SpecifierSet(text)
        # Asked, since a number of 5,000 digits can be parsed and still not be compared.
        bounds.contains("0")
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not a version bound such as `>=1.2,<2` or `~=1.4`"
        ) from error
    if not len(bounds):
        raise ValueError(f"{text!r} is not a version bound: it is empty")
    return text


def version_of(tag: str, prefix: str = "") -> str | None:
    """The version that a tag names after its prefix and an optional `v`; None for no version."""
    from packaging.version import Version

    if not tag.startswith(prefix):
        return None
    text = tag[len(prefix) :]
    # `Version` takes a `v` of its own, but also spaces around it, which no tag means.
    if not re.fullmatch(r"v?[0-9]\S*", text):
        return None
    try:
        return str(Version(text))
    except ValueError:
        # InvalidVersion is one; so is int()'s own refusal of 5,000 digits.
        return None


class Comparable(Protocol):
    """What can be put in order."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether it comes before another."""
        ...


def version_key(version: str) -> Comparable:
    """What versions compare by."""
    from packaging.version import Version

    return Version(version)


def names_prerelease(bounds: str) -> bool:
    """Whether bounds name a pre-release, and so ask for it (PEP 440, handling of pre-releases)."""
    from packaging.specifiers import SpecifierSet

    return bool(SpecifierSet(bounds).prereleases)


def is_prerelease(version: str) -> bool:
    """Whether the version itself says that it is a pre-release or a development release."""
    from packaging.version import Version

    return Version(version).is_prerelease


def admits(bounds: str, version: str) -> bool:
    """Whether the version lies within the bounds; pre-releases are the caller's question."""
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(bounds).contains(version, prereleases=True)


def are_equal(version: str, other: str) -> bool:
    """Whether two spellings mean one version: 1.4 and 1.4.0 do."""
    from packaging.version import Version

    return Version(version) == Version(other)


def edges(bounds: str) -> tuple[Comparable, ...]:
    """The versions that bounds name, from which others are nearer or farther."""
    from packaging.specifiers import SpecifierSet

    return tuple(version_key(one.version.removesuffix(".*")) for one in SpecifierSet(bounds))


def check_marker(text: str) -> str:
    """Return a PEP 508 marker; ValueError when it is not one."""
    from packaging.markers import (
        InvalidMarker,
        Marker,
        UndefinedComparison,
        UndefinedEnvironmentName,
    )

    try:
        # Evaluated, since `os_name ~= 'x'` can be parsed and still not be answered.
        Marker(text).evaluate()
    except (
        InvalidMarker,
        RecursionError,
        UndefinedComparison,
        UndefinedEnvironmentName,
    ) as error:
        raise ValueError(f"{text!r} is not a marker such as `sys_platform == 'linux'`") from error
    return text


def marker_holds(text: str) -> bool:
    """Whether the marker holds for this interpreter on this machine."""
    from packaging.markers import Marker

    return Marker(text).evaluate()
