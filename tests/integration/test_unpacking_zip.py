"""Zip archives, as programs write them and as attackers would."""

import io
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from modellock.shell import zip_directory
from tests.integration.archives import (
    ZipEnd,
    ZipMember,
    deflated,
    hand_zip,
    longs,
    packed_member,
    plain_zip,
    quads,
    shorts,
    unpacked,
    zip64_end,
)

FILES = {"weights.bin": b"w" * 700_000, "a/tokenizer.json": b"{}", "empty": b"", "ä.txt": b"ae"}
ONE = ZipMember()
ONE_MORE = replace(ONE, name=b"b")
DESCRIBED = 1 << 3
UTF8 = 1 << 11


class Pipe(io.RawIOBase):
    """A file that cannot be gone back in, so that sizes follow the bytes."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        taken = bytes(content)  # type: ignore[call-overload]  # a buffer, as typeshed has it
        self.content += taken
        return len(taken)


def streamed_zip(*, large: bool) -> bytes:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("one", "w", force_zip64=large) as member:
            member.write(b"1" * 1000)
        archive.writestr("two", b"2")
    return pipe.content


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_files_of_an_archive_come_out(method: int, tmp_path: Path) -> None:
    assert unpacked(plain_zip(FILES, method), tmp_path) == FILES


@pytest.mark.parametrize("large", [False, True])
def test_sizes_may_follow_the_bytes(large: bool, tmp_path: Path) -> None:
    assert unpacked(streamed_zip(large=large), tmp_path) == {"one": b"1" * 1000, "two": b"2"}


@pytest.mark.parametrize(
    "descriptor",
    [
        longs(zlib.crc32(b"content"), 7, 7),
        b"PK\x07\x08" + longs(zlib.crc32(b"content"), 7, 7),
        longs(zlib.crc32(b"content")) + quads(7, 7),
        b"PK\x07\x08" + longs(zlib.crc32(b"content")) + quads(7, 7),
    ],
)
def test_they_may_follow_in_four_forms(descriptor: bytes, tmp_path: Path) -> None:
    member = replace(ONE, flags=DESCRIBED, behind=descriptor)

    assert unpacked(hand_zip(member, ONE_MORE), tmp_path) == {"a": b"content", "b": b"content"}


def test_large_numbers_stand_in_a_field_of_their_own(tmp_path: Path) -> None:
    sizes = shorts(1, 16) + quads(7, 7)
    huge = replace(ONE, size=0xFFFFFFFF, extra=shorts(1, 8) + quads(7), local_extra=sizes)

    assert unpacked(hand_zip(huge), tmp_path) == {"a": b"content"}


def test_an_end_with_large_numbers_is_followed(tmp_path: Path) -> None:
    assert unpacked(zip64_end((ONE, ONE_MORE)), tmp_path) == {"a": b"content", "b": b"content"}


def test_a_comment_may_end_an_archive_even_one_that_looks_like_an_end(tmp_path: Path) -> None:
    comment = b"see PK\x05\x06 and so on"

    assert unpacked(hand_zip(ONE, end=ZipEnd(comment=comment)), tmp_path) == {"a": b"content"}


def test_a_directory_that_exchanges_two_members_is_refused(tmp_path: Path) -> None:
    # Both headers have the same length, so each is where the other should be.
    archive = hand_zip(replace(ONE, offset=38), replace(ONE_MORE, offset=0))

    with pytest.raises(ValueError, match=r"^'b' is described in two ways$"):
        unpacked(archive, tmp_path)


def test_a_name_is_utf8_where_that_is_said_or_the_system_has_nothing_else(tmp_path: Path) -> None:
    name = "späße".encode()
    repeated = shorts(0x7075, 5 + len(name)) + b"\x01" + longs(zlib.crc32(b"sp\x84\xe1e")) + name

    for member in (
        replace(ONE, name=name, flags=UTF8, system=0, mode=0),
        replace(ONE, name=name),
        replace(ONE, name=b"sp\x84\xe1e", extra=repeated, system=0, mode=0),
    ):
        assert unpacked(hand_zip(member), tmp_path) == {"späße": b"content"}


@pytest.mark.parametrize(
    ("member", "fault"),
    [
        (replace(ONE, name=b"\x84", system=0), "'ä' is a name of which nothing says what letters"),
        (replace(ONE, name=b"\xff", flags=UTF8), r"^'\\\\xff' is not UTF-8$"),
        (replace(ONE, name=b"../a"), "is not a safe relative path"),
        (replace(ONE, name=b"a\\b"), "is not a safe relative path"),
        (replace(ONE, mode=0o120777), "^'a' is a symbolic link: expected files and directories$"),
        (replace(ONE, mode=0o020644), "^'a' is a device"),
        (replace(ONE, mode=0o060644), "^'a' is a device"),
        (replace(ONE, mode=0o010644), "^'a' is a named pipe"),
        (replace(ONE, mode=0o140644), "^'a' is a socket"),
        (replace(ONE, mode=0o150644), "^'a' is a member of an unknown kind"),
        (replace(ONE, mode=0o104755), "^'a' has a setuid or setgid bit$"),
        (replace(ONE, name=b"d/"), "^'d/' is a file and a directory$"),
        (replace(ONE, mode=0o040755), "^'a' is a file and a directory$"),
        (replace(ONE, name=b"d/", mode=0, content=b"x"), "^'d/' is a file and a directory$"),
        (replace(ONE, flags=1), "^'a' is encrypted$"),
        (replace(ONE, flags=1 << 6), "^'a' is encrypted$"),
        (replace(ONE, flags=1 << 13), "^'a' is encrypted$"),
        (replace(ONE, method=99), "^'a' is encrypted$"),
        (replace(ONE, method=14), "^'a' is packed with lzma: expected a stored or deflated member"),
        (replace(ONE, method=93), "^'a' is packed with zstd: expected"),
        (replace(ONE, method=77), "^'a' is packed with 77: expected"),
        (replace(ONE, disk=1), "^'a' lies in another volume: expected a whole archive$"),
    ],
)
def test_a_member_that_must_not_be_is_refused_by_name(
    member: ZipMember, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=fault):
        unpacked(hand_zip(member), tmp_path)


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ((ONE, ONE), "^'a' stands twice$"),
        ((ONE, replace(ONE, name=b"A")), "^'A' differs from 'a' in case alone$"),
        ((replace(ONE, local_name=b"b"),), "^'a' is described in two ways$"),
        ((replace(ONE, local_method=8),), "^'a' is described in two ways$"),
        ((replace(ONE, local_flags=UTF8),), "^'a' is described in two ways$"),
        ((replace(ONE, local_size=8),), "^'a' is described in two ways$"),
        ((replace(ONE, offset=1),), "^has bytes before its first member$"),
        ((ONE, replace(ONE_MORE, offset=0)), "^'a' overlaps what comes behind it$"),
        ((ONE, replace(ONE_MORE, offset=20)), "^'a' overlaps what comes behind it$"),
        ((ONE, replace(ONE_MORE, offset=39)), "^'a' has unknown bytes behind it$"),
        ((replace(ONE, behind=b"hidden"),), "^'a' has unknown bytes behind it$"),
        ((replace(ONE, behind=bytes(12)),), "^'a' has unknown bytes behind it$"),
        ((replace(ONE, flags=DESCRIBED),), "^'a' has unknown bytes behind it$"),
        ((replace(ONE, flags=DESCRIBED, behind=bytes(16)),), "^'a' has unknown bytes behind it$"),
        ((replace(ONE, flags=DESCRIBED, behind=bytes(20)),), "^'a' has unknown bytes behind it$"),
        ((replace(ONE, flags=DESCRIBED, behind=bytes(13)),), "^'a' has unknown bytes behind it$"),
        ((replace(ONE, size=0xFFFFFFFF),), "a member has no zip64 sizes, or several"),
        (
            (replace(ONE, size=0xFFFFFFFF, extra=shorts(1, 4) + longs(7)),),
            "is damaged, or cut short: a record ends in the middle",
        ),
    ],
)
def test_an_archive_that_can_be_read_in_two_ways_is_refused(
    members: tuple[ZipMember, ...], fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=fault):
        unpacked(hand_zip(*members), tmp_path)


def test_every_header_is_checked_before_the_first_file_comes_out(tmp_path: Path) -> None:
    archive = hand_zip(replace(ONE, offset=0), replace(ONE_MORE, local_name=b"c"))

    with pytest.raises(ValueError, match=r"^'b' is described in two ways$"):
        unpacked(archive, tmp_path)


def test_a_member_that_is_not_where_the_directory_says_is_refused(tmp_path: Path) -> None:
    archive = bytearray(hand_zip(ONE, ONE_MORE))
    archive[archive.index(b"PK\x03\x04", 4)] = 0

    with pytest.raises(ValueError, match=r"^'b' is not where the directory says$"):
        unpacked(bytes(archive), tmp_path)


@pytest.mark.parametrize(
    ("member", "fault"),
    [
        (replace(ONE, crc=1), "^'a' is damaged: its size or its checksum is wrong$"),
        (replace(ONE, size=8), "^'a' is damaged: its size or its checksum is wrong$"),
        (replace(ONE, size=6), "^'a' is larger than the directory says$"),
        (packed_member(b"x" * 999, size=99), "^'a' is larger than the directory says$"),
        (packed_member(b"x", packed=b"\xff"), "^is damaged: deflate: "),
        (
            packed_member(b"x" * 999, packed=deflated(b"x" * 999)[:-2]),
            "^does not end where its deflate stream ends$",
        ),
        (
            packed_member(b"x", packed=deflated(b"x") + b"behind"),
            "^does not end where its deflate stream ends$",
        ),
        (
            packed_member(b"x", packed=deflated(b"x") + bytes(1 << 18)),
            "^has bytes behind the end of its deflate stream$",
        ),
    ],
)
def test_a_content_that_is_not_what_the_directory_says_is_refused(
    member: ZipMember, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=fault):
        unpacked(hand_zip(member), tmp_path)


@pytest.mark.parametrize(
    ("archive", "fault"),
    [
        (hand_zip(ONE) + b"x", "^is cut short, or has something else behind its end$"),
        (hand_zip(ONE)[:-1], "^is cut short, or has something else behind its end$"),
        (hand_zip(ONE)[:40], "^is cut short, or has something else behind its end$"),
        (
            hand_zip(ONE, end=ZipEnd(comment=b"PK\x05\x06" + bytes(18))),
            "^is cut short, or has something else behind its end$",
        ),
        (hand_zip(ONE, end=ZipEnd(start=0)), "^is damaged: its directory is not where it says$"),
        (hand_zip(ONE, end=ZipEnd(size=9)), "^is damaged: its directory is not where it says$"),
        (
            hand_zip(ONE, end=ZipEnd(before=b"hidden")),
            "^is damaged: its directory is not where it says$",
        ),
        (hand_zip(ONE, end=ZipEnd(count=2)), "a record ends in the middle"),
        (
            hand_zip(ONE, ONE_MORE, end=ZipEnd(count=1)),
            "^is damaged: its directory has more members than it says$",
        ),
        (hand_zip(ONE, end=ZipEnd(disk=1)), "^is one of several volumes: expected a whole"),
        (hand_zip(ONE, end=ZipEnd(here=0)), "^is one of several volumes: expected a whole"),
        (
            hand_zip(ONE).replace(b"PK\x01\x02", b"PK\x01\x03"),
            "^is damaged: its directory cannot be read$",
        ),
        (zip64_end((ONE,), locator=0), "^is damaged: its zip64 record is not where it says$"),
        (zip64_end((ONE,), disks=2), "^is one of several volumes: expected a whole archive$"),
        (zip64_end((ONE,), short_count=7), "^is damaged: its zip64 record says something else$"),
        (zip64_end((ONE,), count=1 << 40), "^has more than 100,000 members$"),
        (hand_zip(), "^has no file, or `strip-components` leaves none$"),
    ],
)
def test_an_end_that_is_not_the_end_of_one_whole_archive_is_refused(
    archive: bytes, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=fault):
        unpacked(archive, tmp_path)


def test_a_directory_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    archive = hand_zip(ONE, end=ZipEnd(size=zip_directory.LARGEST_DIRECTORY + 1))

    with pytest.raises(ValueError, match=r"^has a directory of more than 33554432 bytes$"):
        unpacked(archive, tmp_path)


def test_a_bomb_of_zeros_is_given_up(tmp_path: Path) -> None:
    zeros = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = b"".join(zeros.compress(bytes(1 << 20)) for _ in range(300)) + zeros.flush()
    bomb = ZipMember(method=8, packed=packed, size=300 << 20)

    with pytest.raises(ValueError, match=r"^becomes more than 200 times as large as it is"):
        unpacked(hand_zip(bomb), tmp_path)
