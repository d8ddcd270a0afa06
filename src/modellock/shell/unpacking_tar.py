"""Tar archives read as a stream: ustar, pax and GNU headers (POSIX.1-2017, pax; GNU tar manual).

Python's own reader follows links of its own accord, takes any member for a file, and reads extended
headers of any size into memory; and what two readers understand differently is worth a refusal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from modellock.decisions.formats import tar_checksum
from modellock.decisions.members import Member, MemberKind, name_of
from modellock.shell.unpacking_streams import Stream

_BLOCK = 512
_ZEROS = bytes(_BLOCK)

LARGEST_HEADER = 64 << 10
"""Bytes of one extended header: the longest path that is taken has 1,024, its times and attributes
a few hundred."""

_KINDS = {
    b"0": MemberKind.FILE,
    b"\0": MemberKind.FILE,
    b"7": MemberKind.FILE,  # contiguous, which means nothing any more
    b"1": MemberKind.HARD_LINK,
    b"2": MemberKind.SYMBOLIC_LINK,
    b"3": MemberKind.DEVICE,
    b"4": MemberKind.DEVICE,
    b"5": MemberKind.DIRECTORY,
    b"6": MemberKind.PIPE,
    b"S": MemberKind.SPARSE,
}
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
_EXTENDED = (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL)
_LARGEST_SIZE = 2**63 - 1
_USED_KEYS = ("path", "size")
_SPARSE = "GNU.sparse."


@dataclass(slots=True)
class _Extension:
    """What extended headers say of the member behind them."""

    name: bytes | None = None
    size: int | None = None
    sparse: bool = False


def tar_members(stream: Stream) -> Iterator[tuple[Member, Iterator[memoryview]]]:
    """Each member with its content, which is to be read, or not, before the next is asked for.

    ValueError where the archive is damaged, cut short, followed by something else, or says
    something in two ways.
    """
    extension = _Extension()
    while (header := stream.take(_BLOCK)) != _ZEROS:
        if tar_checksum(header) != _number(header[148:156]):
            raise ValueError("is damaged: the checksum of a header is wrong")
        kind, size = header[156:157], _number(header[124:136])
        if kind in _EXTENDED:
            _extend(extension, kind, _content(stream, size))
            continue
        member = _member(header, extension)
        content = stream.portion(member.size)
        yield member, content
        for _ in content:
            pass
        stream.take(-member.size % _BLOCK)
        extension = _Extension()
    _check_end(stream, extension)


def _check_end(stream: Stream, extension: _Extension) -> None:
    if extension != _Extension():
        raise ValueError("is damaged: it ends behind an extended header")
    # Two blocks of zeros end an archive, and more of them fill its last record.
    if stream.take(_BLOCK) != _ZEROS or any(any(block) for block in stream.rest()):
        raise ValueError("has something else behind its end")


def _content(stream: Stream, size: int) -> bytes:
    if size > LARGEST_HEADER:
        raise ValueError(
            f"has an extended header that is too large: expected at most {LARGEST_HEADER} bytes, "
            f"received {size}"
        )
    content = stream.take(size)
    stream.take(-size % _BLOCK)
    return content


def _extend(extension: _Extension, kind: bytes, content: bytes) -> None:
    if kind == _LONG_NAME:
        _set_name(extension, content.rstrip(b"\0"))
    elif kind != _LONG_LINK:  # what a link leads to matters to nobody: links are refused
        records = _records(content)
        _check_keys(records, is_global=kind == _PAX_GLOBAL)
        extension.sparse = extension.sparse or any(key.startswith(_SPARSE) for key in records)
        if "path" in records:
            _set_name(extension, records["path"])
        if "size" in records:
            extension.size = _decimal(records["size"])


def _set_name(extension: _Extension, name: bytes) -> None:
    if extension.name is not None:
        raise ValueError(f"is damaged: {name_of(name)!r} has two extended names")
    extension.name = name


def _records(content: bytes) -> dict[str, bytes]:
    """The records `LENGTH KEY=VALUE` of a pax header, the length including itself."""
    records: dict[str, bytes] = {}
    while content:
        length = re.match(rb"([1-9][0-9]{0,5}) ", content)
        record = content[: int(length[1])] if length else b""
        key, equals, value = record[length.end() if length else 0 : -1].partition(b"=")
        if length is None or len(record) < int(length[1]) or record[-1:] != b"\n" or not equals:
            raise ValueError("is damaged: a pax header cannot be read")
        name = name_of(key)
        # The first form of sparse files has its places so; that they are none is told by name.
        if records.setdefault(name, value) is not value and not name.startswith(_SPARSE):
            raise ValueError(f"is damaged: a pax header has `{name}` twice")
        content = content[len(record) :]
    return records


def _check_keys(records: dict[str, bytes], *, is_global: bool) -> None:
    named = [key for key in _USED_KEYS if key in records]
    if is_global and named:
        raise ValueError(f"has a pax header that gives one `{named[0]}` to all members")


def _member(header: bytes, extension: _Extension) -> Member:
    raw = extension.name if extension.name is not None else _short_name(header)
    name = name_of(raw)
    kind = _KINDS.get(header[156:157], MemberKind.UNKNOWN)
    if extension.sparse:
        kind = MemberKind.SPARSE
    # Before ustar, a slash at the end was all that told a directory.
    if kind is MemberKind.FILE and name.endswith("/"):
        kind = MemberKind.DIRECTORY
    size = _number(header[124:136]) if extension.size is None else extension.size
    if kind is MemberKind.DIRECTORY and size:
        raise ValueError(f"{name!r} is a directory with content")
    return Member(name, kind, size, _number(header[100:108]) & 0o7777)


def _short_name(header: bytes) -> bytes:
    name = header[:100].partition(b"\0")[0]
    # GNU tar, whose magic has a space there, keeps times where ustar has the rest of a long name.
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _decimal(digits: bytes) -> int:
    if not re.fullmatch(rb"[0-9]{1,18}", digits):
        raise ValueError("is damaged: a size in a pax header is no number")
    return int(digits)


def _number(field: bytes) -> int:
    """A number in octal digits or, where the first bit is set, in base 256 (GNU tar)."""
    if field[0] == 0x80:
        number = int.from_bytes(field[1:])
    else:
        # Zeros before the digits: GNU tar reads these, libarchive and Python none.
        digits = field.rstrip(b" \0").lstrip(b" ")
        if digits and not re.fullmatch(rb"[0-7]+", digits):
            raise ValueError("is damaged: a number in a header cannot be read")
        number = int(digits or b"0", 8)
    if number > _LARGEST_SIZE:
        raise ValueError("is damaged: a number in a header is too large")
    return number
