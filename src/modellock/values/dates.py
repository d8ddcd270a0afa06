"""Modification times that follow from what is dated: a tree looks the same wherever it is made."""

from modellock.values.digest import Digest

_SECOND = 1_000_000_000
_FIRST = 978_307_200  # 2001-01-01T00:00:00Z
_DIGITS = 7

DIRECTORY_MTIME_NS = _FIRST * _SECOND
"""Of every directory on the way to placed files, below what `--to` names."""


def mtime_ns_of(digest: Digest) -> int:
    """The modification time of a file with these bytes, in nanoseconds since the epoch.

    Not one constant: rsync and the transfer of a BuildKit context take a file of the same size and
    second for the same file, and two revisions of a model often have the same size. Even seconds,
    from 2001 to January of 2018: FAT and zip archives keep no others.
    """
    return (_FIRST + 2 * int(digest.value[:_DIGITS], 16)) * _SECOND
