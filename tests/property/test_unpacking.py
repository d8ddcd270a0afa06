"""Archives of any content, whole and damaged: what comes out is what went in, or nothing."""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modellock.decisions.members import Admission, Member, MemberKind
from modellock.decisions.parts import read_part, wholes_of
from modellock.values.paths import check_together, parse_path
from tests.integration.archives import plain_tar, plain_zip, tar, tar_entry, unpacked
from tests.property.strategies import livable, paths

contents = st.binary(max_size=2000)

# Chance alone hardly ever draws what leads out of a directory.
LEADING_OUT = st.lists(
    st.sampled_from(["..", ".", "", "a", "b\\c", "C:", "\0"])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    min_size=1,
    max_size=6,
).map("/".join)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, bytes]:
    """At least one file."""
    chosen = livable(draw(st.lists(paths, min_size=1, max_size=6)))
    return {path: draw(contents) for path in chosen}


def out_of(content: bytes) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return unpacked(content, Path(folder))


def accepted(content: bytes) -> dict[str, bytes] | None:
    """What comes out, None where it is refused: any other error would escape."""
    try:
        return out_of(content)
    except ValueError:
        return None


@given(trees(), st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
def test_what_went_into_a_tar_archive_comes_out(tree: dict[str, bytes], form: int) -> None:
    assert out_of(plain_tar(tree, form)) == tree


@given(trees(), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_what_went_into_a_zip_archive_comes_out(tree: dict[str, bytes], method: int) -> None:
    assert out_of(plain_zip(tree, method)) == tree


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@given(trees())
def test_what_was_packed_besides_comes_out_too(
    compress: Callable[[bytes], bytes], tree: dict[str, bytes]
) -> None:
    assert out_of(compress(plain_tar(tree))) == tree


@given(st.lists(LEADING_OUT, min_size=1, max_size=5), st.integers(0, 3))
def test_no_name_leads_out_of_the_directory(names: list[str], strip: int) -> None:
    admission = Admission(strip=strip, directory="en")
    admitted = []
    for name in names:
        try:
            path = admission.path_of(Member(name, MemberKind.FILE, 0))
        except ValueError:
            continue
        if path is not None:
            admitted.append(path)

    check_together([parse_path(path) for path in admitted])
    assert all(path.startswith("en/") for path in admitted)


@given(LEADING_OUT.map(str.encode).filter(lambda name: 0 < len(name) <= 100))
def test_no_name_in_a_header_leads_out_of_it_either(name: bytes) -> None:
    out = accepted(tar(tar_entry(name, b"content")))

    assert out is None or all(parse_path(path) for path in out)


# Two readers agree about all but one in 60,000 of such archives, where Python takes a name to be
# longer than it says: a test that looks at others each time would fail once a year.
@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """With bytes changed, inserted, left out or repeated."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(content)))
        until = min(len(content), at + draw(st.integers(0, 40)))
        content[at:until] = draw(
            st.one_of(
                st.binary(max_size=4),
                st.just(content[at:until] * 2),
                st.sampled_from([b"PK\x05\x06", b"PK\x01\x02", b"\xff" * 4, bytes(4), b"../"]),
            )
        )
    return bytes(content)


TREE = {"weights.bin": b"w" * 700, "a/tokenizer.json": b"{}"}


@settings(derandomize=True)
@given(damaged(plain_zip(TREE)))
def test_a_damaged_zip_archive_is_refused_or_read_as_another_reader_does(content: bytes) -> None:
    out = accepted(content)

    if out is not None:
        # Python refuses members that ask for a version of the format that it does not know.
        with suppress(RuntimeError):
            assert out == as_python_reads_zip(content)


def as_python_reads_zip(content: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {name.removeprefix("./"): archive.read(name) for name in names}


@settings(derandomize=True)
@given(damaged(plain_tar(TREE, tarfile.PAX_FORMAT)))
def test_a_damaged_tar_archive_is_refused_or_read_as_another_reader_does(content: bytes) -> None:
    out = accepted(content)

    if out is not None:
        # Python ends without a word before a header of which an owner or a time is no number.
        with suppress(tarfile.ReadError):
            assert as_python_reads_tar(content).items() <= out.items()


def as_python_reads_tar(content: bytes) -> Mapping[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = {}
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            if file is not None:
                files[member.name.removeprefix("./")] = file.read()
        return files


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@given(st.data())
def test_a_damaged_stream_never_gives_another_tree(
    compress: Callable[[bytes], bytes], data: st.DataObject
) -> None:
    out = accepted(data.draw(damaged(compress(plain_tar(TREE)))))

    # All three have checksums; a tree can only stay, or be no tree at all.
    assert out in (None, TREE) or set(out or ()) == {"m"}


@given(st.integers(1, 40), st.sampled_from(["part{}", "part-{:02d}", "{:03d}"]), st.randoms())
def test_parts_are_joined_in_order_however_they_come(
    count: int, form: str, random: st.DataObject
) -> None:
    names = ["m." + form.format(number) for number in range(1, count + 1)]
    mixed = list(names)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random

    (whole,) = wholes_of(mixed, join=True)

    assert whole.parts == tuple(names)
    assert all(read_part(name) for name in names)
