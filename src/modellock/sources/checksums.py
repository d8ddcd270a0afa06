"""Checksum files of a release: which of them speak about an asset, and what they say of it.

What a publisher wrote beside its files is a second witness and authenticates nothing: the same
hands wrote both. Only sha256 counts, since that is what is locked.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modellock.values.digest import Digest

MOST_BYTES = 1 << 20
"""A larger file is no list of checksums."""

# `SHA256SUMS`, `sha256sum.txt`, `checksums.txt`, `whisper_1.4_checksums.txt`, `checksums.sha256`
_OF_RELEASE = re.compile(
    r"(.*[._-])?(sha256sums?|checksums?)([._-]?sha256)?(\.txt)?", re.IGNORECASE
)
_SUFFIXES = (".sha256", ".sha256sum", ".sha256.txt", ".sha256sum.txt")

# GNU coreutils 9.1 prints the first form (`*` where the file was read as binary), with `--tag` the
# second; a backslash before either says that the name is escaped.
_GNU = re.compile(r"(?P<escaped>\\?)(?P<hex>[0-9a-fA-F]{64})(?: [ *]|\s+)(?P<name>.+)")
_BSD = re.compile(r"(?P<escaped>\\?)SHA256 ?\((?P<name>.+)\) ?= ?(?P<hex>[0-9a-fA-F]{64})")
_BARE = re.compile(r"[0-9a-fA-F]{64}")
_ESCAPE = re.compile(r"\\([\\nr])")
_ESCAPED = {"\\": "\\", "n": "\n", "r": "\r"}
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class Checksum:
    """One line of a checksum file."""

    name: str | None
    """The file's name without directories; None where the line is nothing but a digest."""

    digest: Digest


def lists_a_release(name: str) -> bool:
    """Whether an asset of that name lists checksums of the others."""
    return _OF_RELEASE.fullmatch(name) is not None


def companions(name: str) -> tuple[str, ...]:
    """The names that a checksum file for that one asset may have."""
    return tuple(name + suffix for suffix in _SUFFIXES)


def parse_checksums(text: str) -> tuple[Checksum, ...]:
    """Read the sha256 lines of a checksum file; what is none of them is passed over."""
    signed = text.removeprefix("\ufeff").partition(_SIGNATURE)[0]
    return tuple(_checksums(line.strip() for line in signed.splitlines()))


def _checksums(lines: Iterable[str]) -> Iterator[Checksum]:
    for line in lines:
        found = _GNU.fullmatch(line) or _BSD.fullmatch(line)
        if found:
            name = found["name"]
            if found["escaped"]:
                name = _ESCAPE.sub(lambda escape: _ESCAPED[escape[1]], name)
            yield Checksum(_basename(name), Digest("sha256", found["hex"].lower()))
        elif _BARE.fullmatch(line):
            yield Checksum(None, Digest("sha256", line.lower()))


def sha256_of(name: str, listed: Iterable[Checksum]) -> Digest | None:
    """What checksums say of the asset of that name; those without a name are taken to mean it.

    Raises ValueError where they disagree.
    """
    digests = {checksum.digest for checksum in listed if checksum.name in (None, name)}
    if len(digests) > 1:
        several = " and ".join(sorted(str(digest) for digest in digests))
        raise ValueError(f"checksum files disagree: {several}")
    return next(iter(digests), None)


def _basename(name: str) -> str:
    return re.split(r"[/\\]", name)[-1]
