"""Archives made by hand, byte by byte where no program would make them."""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from modellock.shell.unpacking import files_in
from modellock.shell.volumes import Volume

END_OF_TAR = bytes(1024)


def unpacked(content: bytes, folder: Path, *, path: str = "m", strip: int = 0) -> dict[str, bytes]:
    """What comes out of an archive of that content and path."""
    file = folder / "archive"
    file.write_bytes(content)
    with Volume([str(file)]) as volume:
        return {
            name: b"".join(bytes(block) for block in content)
            for name, content in files_in(volume, path, strip=strip)
        }


def tar(*entries: bytes, end: bytes = END_OF_TAR) -> bytes:
    return b"".join(entries) + end


def tar_entry(
    name: bytes,
    content: bytes = b"",
    kind: bytes = b"0",
    *,
    mode: bytes = b"0000644",
    size: bytes | None = None,
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    checksum: int | None = None,
) -> bytes:
    """A header and what follows it. `size` is its field, where that is to say something else."""
    field = b"%011o" % len(content) if size is None else size
    parts = (
        name.ljust(100, b"\0"),
        mode.ljust(8, b"\0"),
        b"0000000\0" * 2,
        field.ljust(12, b"\0"),
        b"00000000000\0",
        b" " * 8,
        kind,
        bytes(100),
        magic,
        bytes(80),
        prefix.ljust(155, b"\0"),
        bytes(12),
    )
    header = b"".join(parts)
    assert len(header) == 512
    digits = b"%06o\0 " % (sum(header) if checksum is None else checksum)
    return header[:148] + digits + header[156:] + padded(content)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def pax(records: Mapping[bytes, bytes], kind: bytes = b"x") -> bytes:
    return tar_entry(b"PaxHeader", b"".join(map(pax_record, records.items())), kind)


def pax_record(pair: tuple[bytes, bytes]) -> bytes:
    body = b" %s=%s\n" % pair
    length = len(body) + 1
    while length != len(body) + len(str(length)):
        length = len(body) + len(str(length))
    return b"%d%s" % (length, body)


def plain_tar(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """As Python writes it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def plain_zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """As Python writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@dataclass(frozen=True, kw_only=True)
class ZipMember:
    """One member, told twice; `local_…` is what its own header says, where that differs."""

    name: bytes = b"a"
    content: bytes = b"content"
    method: int = 0
    flags: int = 0
    packed: bytes | None = None
    system: int = 3
    mode: int = 0o100644
    crc: int | None = None
    size: int | None = None
    extra: bytes = b""
    offset: int | None = None
    disk: int = 0
    local_name: bytes | None = None
    local_method: int | None = None
    local_flags: int | None = None
    local_size: int | None = None
    local_extra: bytes = b""
    behind: bytes = b""
    """Bytes between this member's and the next."""

    @property
    def body(self) -> bytes:
        return self.content if self.packed is None else self.packed

    @property
    def checksum(self) -> int:
        return zlib.crc32(self.content) if self.crc is None else self.crc

    @property
    def told_size(self) -> int:
        return len(self.content) if self.size is None else self.size

    def local(self) -> bytes:
        name = self.name if self.local_name is None else self.local_name
        method = self.method if self.local_method is None else self.local_method
        flags = self.flags if self.local_flags is None else self.local_flags
        size = self.told_size if self.local_size is None else self.local_size
        return b"".join(
            [
                b"PK\x03\x04",
                shorts(20, flags, method, 0, 0),
                longs(self.checksum, len(self.body), size),
                shorts(len(name), len(self.local_extra)),
                name,
                self.local_extra,
                self.body,
                self.behind,
            ]
        )

    def central(self, offset: int) -> bytes:
        return b"".join(
            [
                b"PK\x01\x02",
                shorts(self.system << 8 | 20, 20, self.flags, self.method, 0, 0),
                longs(self.checksum, len(self.body), self.told_size),
                shorts(len(self.name), len(self.extra), 0, self.disk, 0),
                longs(self.mode << 16, offset if self.offset is None else self.offset),
                self.name,
                self.extra,
            ]
        )


@dataclass(frozen=True, kw_only=True)
class ZipEnd:
    """What the end says, where that differs from what is there."""

    count: int | None = None
    here: int | None = None
    size: int | None = None
    start: int | None = None
    disk: int = 0
    comment: bytes = b""
    comment_size: int | None = None
    before: bytes = b""
    """Bytes between directory and end."""


def hand_zip(*members: ZipMember, end: ZipEnd | None = None) -> bytes:
    end = end or ZipEnd()
    bodies, directory = b"", b""
    for member in members:
        directory += member.central(len(bodies))
        bodies += member.local()
    count = len(members) if end.count is None else end.count
    comment_size = len(end.comment) if end.comment_size is None else end.comment_size
    return b"".join(
        [
            bodies,
            directory,
            end.before,
            b"PK\x05\x06",
            shorts(end.disk, end.disk, count if end.here is None else end.here, count),
            longs(
                len(directory) if end.size is None else end.size,
                len(bodies) if end.start is None else end.start,
            ),
            shorts(comment_size),
            end.comment,
        ]
    )


def zip64_end(
    members: tuple[ZipMember, ...],
    *,
    count: int | None = None,
    locator: int | None = None,
    short_count: int = 0xFFFF,
    disks: int = 1,
) -> bytes:
    """A whole archive whose end has its numbers in the larger record."""
    bodies, directory = b"", b""
    for member in members:
        directory += member.central(len(bodies))
        bodies += member.local()
    told = len(members) if count is None else count
    record = b"".join(
        [
            b"PK\x06\x06",
            quads(44),
            shorts(45, 45),
            longs(0, 0),
            quads(told, told, len(directory), len(bodies)),
        ]
    )
    at = len(bodies) + len(directory) if locator is None else locator
    found = b"PK\x06\x07" + longs(0) + quads(at) + longs(disks)
    short = b"PK\x05\x06" + shorts(0xFFFF, 0xFFFF, short_count, short_count)
    return bodies + directory + record + found + short + longs(0xFFFFFFFF, 0xFFFFFFFF) + shorts(0)


def deflated(content: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(content) + engine.flush()


def packed_member(content: bytes, **known: object) -> ZipMember:
    member = ZipMember(content=content, method=8, packed=deflated(content))
    return replace(member, **known)  # type: ignore[arg-type]  # a table of a test


def shorts(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "little") for number in numbers)


def longs(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def quads(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "little") for number in numbers)
