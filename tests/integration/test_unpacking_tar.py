"""Tar archives, as programs write them and as attackers would."""

import tarfile
from pathlib import Path

import pytest

from modellock.shell.unpacking_tar import LARGEST_HEADER
from tests.integration.archives import (
    END_OF_TAR,
    padded,
    pax,
    pax_record,
    plain_tar,
    tar,
    tar_entry,
    unpacked,
)

LONG = "directory/" * 20 + "x" * 120
FILES = {"weights.bin": b"w" * 700_000, "a/tokenizer.json": b"{}", "empty": b"", LONG: b"long"}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_the_files_of_an_archive_come_out(form: int, tmp_path: Path) -> None:
    assert unpacked(plain_tar(FILES, form), tmp_path) == FILES


def test_a_name_of_two_parts_is_put_together(tmp_path: Path) -> None:
    archive = tar(tar_entry(b"weights.bin", b"w", prefix=b"en/small"))

    assert unpacked(archive, tmp_path) == {"en/small/weights.bin": b"w"}


def test_what_gnu_tar_keeps_there_is_no_name(tmp_path: Path) -> None:
    archive = tar(tar_entry(b"a", b"w", magic=b"ustar  \0", prefix=b"13524262144"))

    assert unpacked(archive, tmp_path) == {"a": b"w"}


def test_an_old_header_tells_a_directory_by_its_slash(tmp_path: Path) -> None:
    archive = tar(tar_entry(b"d/", kind=b"\0", magic=bytes(8)), tar_entry(b"d/a", b"1", b"\0"))

    assert unpacked(archive, tmp_path) == {"d/a": b"1"}


def test_a_size_may_be_written_in_base_256(tmp_path: Path) -> None:
    archive = tar(tar_entry(b"a", b"seven b", size=b"\x80" + (7).to_bytes(11)))

    assert unpacked(archive, tmp_path) == {"a": b"seven b"}


def test_what_a_pax_header_says_goes_before_what_the_other_says(tmp_path: Path) -> None:
    archive = tar(
        pax({b"comment": b"made by git archive"}, b"g"),
        pax({b"path": "späße.txt".encode(), b"size": b"3", b"mtime": b"1.5"}),
        tar_entry(b"other", b"yes", size=b"00000000000"),
        tar_entry(b"next", b"1"),
    )

    assert unpacked(archive, tmp_path) == {"späße.txt": b"yes", "next": b"1"}


def test_what_is_not_read_is_passed_over(tmp_path: Path) -> None:
    archive = tar(tar_entry(b"LICENSE", b"l" * 2000), tar_entry(b"top/a", b"1"))

    assert unpacked(archive, tmp_path, strip=1) == {"a": b"1"}


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (b"1", "hard link"),
        (b"2", "symbolic link"),
        (b"3", "device"),
        (b"4", "device"),
        (b"6", "named pipe"),
        (b"S", "sparse file"),
        (b"M", "member of an unknown kind"),
        (b"V", "member of an unknown kind"),
        (b"D", "member of an unknown kind"),
    ],
)
def test_what_is_no_file_is_refused_by_name(kind: bytes, what: str, tmp_path: Path) -> None:
    archive = tar(tar_entry(b"good", b"1"), tar_entry(b"evil", kind=kind))

    with pytest.raises(ValueError, match=f"^'evil' is a {what}: expected files and directories$"):
        unpacked(archive, tmp_path)


@pytest.mark.parametrize(
    "records",
    [
        [(b"major", b"1"), (b"name", b"a"), (b"realsize", b"9")],
        [(b"offset", b"0"), (b"numbytes", b"1"), (b"offset", b"8"), (b"numbytes", b"10")],
    ],
)
def test_a_sparse_file_of_a_pax_header_is_refused(
    records: list[tuple[bytes, bytes]], tmp_path: Path
) -> None:
    content = b"".join(pax_record((b"GNU.sparse." + key, value)) for key, value in records)
    archive = tar(tar_entry(b"x", content, b"x"), tar_entry(b"GNUSparseFile.1/a", b"1"))

    with pytest.raises(ValueError, match=r"^'GNUSparseFile\.1/a' is a sparse file"):
        unpacked(archive, tmp_path)


def test_a_program_that_runs_as_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^'tool' has a setuid or setgid bit$"):
        unpacked(tar(tar_entry(b"tool", b"1", mode=b"0004755")), tmp_path)


@pytest.mark.parametrize(
    ("archive", "fault"),
    [
        (tar(tar_entry(b"../a", b"1")), r"'\.\./a' is not a safe relative path"),
        (tar(tar_entry(b"a"), tar_entry(b"a")), "^'a' stands twice$"),
        (
            tar(tar_entry(b"a", b"1"), tar_entry(b"b", checksum=1)),
            "^is damaged: the checksum of a header is wrong$",
        ),
        # libarchive and Python take this for 0.
        (tar(tar_entry(b"a", b"1", size=b"\0" + b"0000000001")), "a number in a header cannot be"),
        (tar(tar_entry(b"a", size=b"0000000000x")), "a number in a header cannot be read"),
        (tar(tar_entry(b"a", size=b"\xff" * 12)), "a number in a header cannot be read"),
        (tar(tar_entry(b"a", size=b"\x80" + b"\xff" * 11)), "a number in a header is too large"),
        (tar(tar_entry(b"d/", b"1", b"5")), "^'d/' is a directory with content$"),
        (tar(tar_entry(b"\xff", b"1")), r"^'\\\\xff' is not UTF-8$"),
        (tar(pax({b"path": b"\xff"}), tar_entry(b"a")), "is not UTF-8$"),
        (tar(tar_entry(b"d", kind=b"5")), "^has no file, or `strip-components` leaves none$"),
    ],
)
def test_what_cannot_be_or_must_not_be_is_refused(
    archive: bytes, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=fault):
        unpacked(archive, tmp_path)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (pax({b"path": b"x" * LARGEST_HEADER}), "has an extended header that is too large: exp"),
        (tar_entry(b"L", bytes(LARGEST_HEADER + 1), b"L"), "has an extended header that is too"),
        (tar_entry(b"L", size=b"77777777777", kind=b"L"), "has an extended header that is too"),
        (pax({b"path": b"b"}, b"g"), "has a pax header that gives one `path` to all members"),
        (pax({b"size": b"1"}, b"g"), "has a pax header that gives one `size` to all members"),
        (pax({b"path": b"b"}) + tar_entry(b"L", b"c\0", b"L"), "'c' has two extended names"),
        (pax({b"path": b"b"}) * 2, "'b' has two extended names"),
        (pax({b"size": b"-1"}), "a size in a pax header is no number"),
        (tar_entry(b"x", b"9 path=b\n9 path=c\n", b"x"), "a pax header has `path` twice"),
        (tar_entry(b"x", b"99 path=b\n", b"x"), "a pax header cannot be read"),
        (tar_entry(b"x", b"8 path=b\n", b"x"), "a pax header cannot be read"),
        (tar_entry(b"x", b"path=b\n", b"x"), "a pax header cannot be read"),
        (tar_entry(b"x", b"7 path\n", b"x"), "a pax header cannot be read"),
    ],
)
def test_a_header_that_says_too_much_is_refused(header: bytes, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=fault):
        unpacked(tar(tar_entry(b"first", b"1"), header, tar_entry(b"a", b"1")), tmp_path)


def test_what_a_link_leads_to_is_not_even_read(tmp_path: Path) -> None:
    target = tar_entry(b"K", b"../" * 50, b"K")

    with pytest.raises(ValueError, match=r"^'evil' is a symbolic link"):
        unpacked(tar(target, tar_entry(b"evil", kind=b"2")), tmp_path)


def test_a_header_without_a_member_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^is damaged: it ends behind an extended header$"):
        unpacked(tar(tar_entry(b"a", b"1"), pax({b"path": b"b"})), tmp_path)


@pytest.mark.parametrize("length", [0, 511, 512, 700, 1023, 1024, 1500, 2047, 2559])
def test_an_archive_that_is_cut_short_is_refused(length: int, tmp_path: Path) -> None:
    whole = tar(tar_entry(b"a", b"1" * 513))
    assert len(whole) == 2560

    with pytest.raises(ValueError, match=r"is cut short|is not an archive"):
        unpacked(whole[:length], tmp_path)


def test_zeros_may_fill_the_last_record(tmp_path: Path) -> None:
    assert unpacked(tar(tar_entry(b"a", b"1"), end=bytes(10240)), tmp_path) == {"a": b"1"}


@pytest.mark.parametrize(
    "end",
    [
        END_OF_TAR + b"x",
        END_OF_TAR + bytes(5000) + b"x",
        bytes(512) + tar_entry(b"b", b"hidden") + END_OF_TAR,
        END_OF_TAR + tar_entry(b"b", b"hidden") + END_OF_TAR,
    ],
)
def test_nothing_may_hide_behind_the_end(end: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^has something else behind its end$"):
        unpacked(tar(tar_entry(b"a", b"1"), end=end), tmp_path)


def test_the_helpers_write_what_python_reads() -> None:
    assert pax_record((b"path", b"b")) == b"9 path=b\n"
    assert padded(b"1") == b"1" + bytes(511)
