"""Zip archives read by their directory, which must be all that they hold (PKWARE, APPNOTE 6.3.10).

A member is described twice, in the directory and before its bytes, and the directory may lie
anywhere; readers believe one or the other. Here both must say the same, members lie one behind the
other without overlap or gap, and the directory ends the file.
"""

import zlib
from collections.abc import Iterator
from itertools import pairwise

from modellock.decisions.expansion import MOST_MEMBERS
from modellock.decisions.members import Member
from modellock.shell.unpacking_streams import inflated
from modellock.shell.volumes import Volume
from modellock.shell.zip_directory import DEFLATED, Entry, read_directory
from modellock.shell.zip_fields import HAS_DESCRIPTOR, Fields, whole_numbers

_LOCAL = b"PK\x03\x04"
_DESCRIPTOR = b"PK\x07\x08"
_SAME_FLAGS = HAS_DESCRIPTOR | 1 << 11
"""That must be alike in both places: whether sizes follow the bytes, and what the name is."""


def zip_members(volume: Volume) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Each member with its content, in the order of their bytes; all is checked before the first.

    ValueError where the archive is damaged, cut short, contradicts itself or hides something, and,
    while a content is read, where that is not what its checksum says.
    """
    entries, end = read_directory(volume, most=MOST_MEMBERS)
    ordered = sorted(entries, key=lambda entry: entry.offset)
    if ordered and ordered[0].offset:
        raise ValueError("has bytes before its first member")
    borders = pairwise([*(entry.offset for entry in ordered), end])
    starts = [
        _start_of(volume, entry, border)
        for entry, (_, border) in zip(ordered, borders, strict=True)
    ]
    for entry, start in zip(ordered, starts, strict=True):
        yield entry.member, _checked(volume, entry, start)


def _start_of(volume: Volume, entry: Entry, border: int) -> int:
    """Where a member's bytes begin; ValueError where its header is not as the directory says."""
    header = Fields(volume.read(entry.offset, 30))
    if header.bytes(4) != _LOCAL:
        raise ValueError(f"{entry.name!r} is not where the directory says")
    _, flags, method, _, _ = (header.short() for _ in range(5))
    crc, packed, size, name_size, extra_size = (*header.longs(3), header.short(), header.short())
    start = entry.offset + 30 + name_size + extra_size
    rest = volume.read(entry.offset + 30, name_size + extra_size)
    name, extra = rest[:name_size], rest[name_size:]
    size, packed = whole_numbers(extra, (size, packed))
    expected = (entry.flags & _SAME_FLAGS, entry.method, entry.raw)
    alike = (flags & _SAME_FLAGS, method, name) == expected
    told = (crc, packed, size) == (entry.crc, entry.packed, entry.size)
    if not alike or not (told or entry.has_descriptor):
        raise ValueError(f"{entry.name!r} is described in two ways")
    _check_border(volume, entry, start + entry.packed, border)
    return start


def _check_border(volume: Volume, entry: Entry, end: int, border: int) -> None:
    """What lies between a member's bytes and the next must be its descriptor, or nothing."""
    if end > border:
        raise ValueError(f"{entry.name!r} overlaps what comes behind it")
    if end < border or entry.has_descriptor:
        between = volume.read(end, min(border - end, 25))
        if not entry.has_descriptor or not _describes(between, entry):
            raise ValueError(f"{entry.name!r} has unknown bytes behind it")


def _describes(between: bytes, entry: Entry) -> bool:
    """Whether these bytes repeat checksum and sizes, which have 4 bytes each, or 8."""
    fields = Fields(between.removeprefix(_DESCRIPTOR) if len(between) in (16, 24) else between)
    if len(between) in (12, 16):
        return fields.longs(3) == (entry.crc, entry.packed, entry.size)
    if len(between) in (20, 24):
        return (fields.long(), fields.quad(), fields.quad()) == (
            entry.crc,
            entry.packed,
            entry.size,
        )
    return False


def _checked(volume: Volume, entry: Entry, start: int) -> Iterator[bytes]:
    blocks = volume.portion(start, entry.packed)
    crc = size = 0
    for block in inflated(blocks) if entry.method == DEFLATED else blocks:
        crc, size = zlib.crc32(block, crc), size + len(block)
        if size > entry.size:
            raise ValueError(f"{entry.name!r} is larger than the directory says")
        yield block
    if (crc, size) != (entry.crc, entry.size):
        raise ValueError(f"{entry.name!r} is damaged: its size or its checksum is wrong")
