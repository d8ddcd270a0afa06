"""The directory at the end of a zip archive (PKWARE, APPNOTE 6.3.10, 4.3.12 to 4.3.16)."""

import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from modellock.decisions.members import Member, MemberKind, name_of
from modellock.shell.volumes import Volume
from modellock.shell.zip_fields import (
    HAS_DESCRIPTOR,
    MAX_16,
    MAX_32,
    UNICODE_PATH,
    Fields,
    extras,
    whole_numbers,
)

STORED, DEFLATED = 0, 8
_METHODS = {9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz", 99: "AES"}

_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13
_PATCH = 1 << 5
_UTF8 = 1 << 11
_UNIX = (3, 19)
"""Systems whose modes stand in the upper half of a member's attributes: Unix and macOS."""

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x06"
_LOCATOR_64 = b"PK\x06\x07"
_ENTRY = b"PK\x01\x02"
_END_SIZE, _LOCATOR_SIZE = 22, 20

LARGEST_DIRECTORY = 32 << 20
"""Bytes, which are read into memory: 100,000 members with names of 200 bytes fit."""

_KINDS = {
    0: MemberKind.FILE,
    stat.S_IFREG: MemberKind.FILE,
    stat.S_IFDIR: MemberKind.DIRECTORY,
    stat.S_IFLNK: MemberKind.SYMBOLIC_LINK,
    stat.S_IFCHR: MemberKind.DEVICE,
    stat.S_IFBLK: MemberKind.DEVICE,
    stat.S_IFIFO: MemberKind.PIPE,
    stat.S_IFSOCK: MemberKind.SOCKET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the directory says of a member."""

    member: Member
    raw: bytes
    """The name as it is written."""

    flags: int
    method: int
    crc: int
    packed: int
    """Bytes in the archive."""

    offset: int
    """Of the member's own header."""

    @property
    def name(self) -> str:
        """As text."""
        return self.member.name

    @property
    def size(self) -> int:
        """Bytes, unpacked."""
        return self.member.size

    @property
    def has_descriptor(self) -> bool:
        """Whether sizes and checksum follow the member's bytes."""
        return bool(self.flags & HAS_DESCRIPTOR)


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    size: int
    count: int
    end: int
    """Where it must end: at the record that describes it."""


def read_directory(volume: Volume, *, most: int) -> tuple[list[Entry], int]:
    """The members, in the directory's order, and where their bytes end.

    ValueError where it is damaged, larger than anybody reads, or not alone at the end of the file.
    """
    directory = _found(volume)
    if directory.count > most:
        raise ValueError(f"has more than {most:,} members")
    if directory.size > LARGEST_DIRECTORY:
        raise ValueError(f"has a directory of more than {LARGEST_DIRECTORY} bytes")
    if directory.start + directory.size != directory.end:
        raise ValueError("is damaged: its directory is not where it says")
    fields = Fields(volume.read(directory.start, directory.size))
    entries = [_entry(fields) for _ in range(directory.count)]
    if fields.left:
        raise ValueError("is damaged: its directory has more members than it says")
    return entries, directory.start


def _found(volume: Volume) -> _Directory:
    tail_size = min(volume.size, _END_SIZE + MAX_16)
    tail = volume.read(volume.size - tail_size, tail_size)
    # A comment may hold the same signature; only one may end where the file does.
    at = [found for found in _positions(tail) if _ends_file(tail, found)]
    if len(at) != 1:
        raise ValueError("is cut short, or has something else behind its end")
    end = volume.size - tail_size + at[0]
    fields = Fields(tail[at[0] + 4 :])
    disks = fields.short(), fields.short()
    here, count = fields.short(), fields.short()
    size, start = fields.longs(2)
    directory = _Directory(start, size, count, end)
    locator = volume.read(max(0, end - _LOCATOR_SIZE), _LOCATOR_SIZE)
    if locator.startswith(_LOCATOR_64):
        return _found_64(volume, directory, Fields(locator[4:]))
    if disks != (0, 0) or here != count:
        raise ValueError("is one of several volumes: expected a whole archive")
    return directory


def _positions(tail: bytes) -> Iterator[int]:
    at = tail.find(_END)
    while at >= 0:
        yield at
        at = tail.find(_END, at + 1)


def _ends_file(tail: bytes, at: int) -> bool:
    comment = tail[at + _END_SIZE - 2 : at + _END_SIZE]
    return at + _END_SIZE + int.from_bytes(comment, "little") == len(tail) and len(comment) == 2


def _found_64(volume: Volume, short: _Directory, locator: Fields) -> _Directory:
    disk, at, disks = locator.long(), locator.quad(), locator.long()
    end = short.end - _LOCATOR_SIZE
    fields = Fields(volume.read(at, 56))
    if fields.bytes(4) != _END_64 or at + 12 + fields.quad() != end:
        raise ValueError("is damaged: its zip64 record is not where it says")
    fields.bytes(4)  # versions
    numbers = disk, disks, *fields.longs(2)
    here, count, size, start = (fields.quad() for _ in range(4))
    if numbers not in ((0, 1, 0, 0), (0, 0, 0, 0)) or here != count:
        raise ValueError("is one of several volumes: expected a whole archive")
    for told, limit, meant in (
        (short.count, MAX_16, count),
        (short.size, MAX_32, size),
        (short.start, MAX_32, start),
    ):
        if told not in (limit, meant):
            raise ValueError("is damaged: its zip64 record says something else")
    return _Directory(start, size, count, at)


def _entry(fields: Fields) -> Entry:
    if fields.bytes(4) != _ENTRY:
        raise ValueError("is damaged: its directory cannot be read")
    made_by, _, flags, method, _, _ = (fields.short() for _ in range(6))
    crc, packed, size = fields.longs(3)
    name_size, extra_size, comment_size, disk, _ = (fields.short() for _ in range(5))
    attributes, offset = fields.longs(2)
    raw, extra = fields.bytes(name_size), fields.bytes(extra_size)
    fields.bytes(comment_size)
    size, packed, offset = whole_numbers(extra, (size, packed, offset))
    name = _name(raw, flags, extra, made_by >> 8)
    _refuse_unreadable(name, flags, method, disk)
    kind, mode = _kind(name, size, made_by >> 8, attributes >> 16)
    return Entry(
        member=Member(name, kind, size, mode),
        raw=raw,
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        offset=offset,
    )


def _refuse_unreadable(name: str, flags: int, method: int, disk: int) -> None:
    if flags & _ENCRYPTED or method == 99:
        raise ValueError(f"{name!r} is encrypted")
    if method not in (STORED, DEFLATED) or flags & _PATCH:
        known = _METHODS.get(method, str(method))
        raise ValueError(f"{name!r} is packed with {known}: expected a stored or deflated member")
    if disk not in (0, MAX_16):
        raise ValueError(f"{name!r} lies in another volume: expected a whole archive")


def _kind(name: str, size: int, system: int, mode: int) -> tuple[MemberKind, int]:
    kind = MemberKind.FILE
    if system in _UNIX:
        kind = _KINDS.get(stat.S_IFMT(mode), MemberKind.UNKNOWN)
    if name.endswith("/") and kind is MemberKind.FILE and stat.S_IFMT(mode) == 0:
        kind = MemberKind.DIRECTORY
    if kind in (MemberKind.FILE, MemberKind.DIRECTORY):
        is_directory = kind is MemberKind.DIRECTORY
        if is_directory != name.endswith("/") or (is_directory and size):
            raise ValueError(f"{name!r} is a file and a directory")
    return kind, stat.S_IMODE(mode) if system in _UNIX else 0


def _name(raw: bytes, flags: int, extra: bytes, system: int) -> str:
    """A member's name, as far as it is certain what its bytes mean."""
    if flags & _UTF8 or raw.isascii():
        return name_of(raw)
    for number, content in extras(extra):
        # Info-ZIP writes the name again, with a checksum of the one that it belongs to (4.6.9).
        if number == UNICODE_PATH and content[:5] == b"\x01" + zlib.crc32(raw).to_bytes(
            4, "little"
        ):
            return name_of(content[5:])
    # Archive Utility of macOS, and zip where no locale is set, write UTF-8 and do not say so.
    if system in _UNIX:
        return name_of(raw)
    raise ValueError(f"{raw.decode('cp437')!r} is a name of which nothing says what letters it has")
