import re
from pathlib import Path

import pytest

from modellock.values.digest import (
    Chunks,
    ContentHasher,
    Digest,
    blake3_of,
    sha256_of,
    sha256_of_bytes,
    tree_digest,
)

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
BLAKE3_OF_ABC = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
GIT_BLOB_OF_ABC = "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_digest_reads_what_it_writes() -> None:
    digest = Digest.parse(f"sha256:{SHA256_OF_ABC}")

    assert digest == Digest("sha256", SHA256_OF_ABC)
    assert str(digest) == f"sha256:{SHA256_OF_ABC}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a digest algorithm modellock knows"),
        (SHA256_OF_ABC, "is not a digest algorithm modellock knows"),
        (f"md5:{SHA256_OF_ABC}", "'md5' is not a digest algorithm modellock knows"),
        (f"SHA256:{SHA256_OF_ABC}", "'SHA256' is not a digest algorithm modellock knows"),
        ("sha256:", "'' is not 64 lower-case hex digits"),
        (f"sha256:{SHA256_OF_ABC.upper()}", "is not 64 lower-case hex digits"),
        (f"sha256:{SHA256_OF_ABC[1:]}", "is not 64 lower-case hex digits"),
        (f"sha256:{SHA256_OF_ABC}0", "is not 64 lower-case hex digits"),
        (f"sha256:{SHA256_OF_ABC[1:]}\n", "is not 64 lower-case hex digits"),
        (f"sha256:{SHA256_OF_ABC[1:]}٣", "is not 64 lower-case hex digits"),
        ("sha1:..", "'..' is not 40 lower-case hex digits"),
    ],
)
def test_a_digest_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Digest.parse(text)


def test_one_pass_yields_size_sha256_blake3_and_the_git_object_id() -> None:
    hasher = ContentHasher(git_size=3)
    hasher.update(b"a")
    hasher.update(b"bc")

    assert hasher.size == 3
    assert hasher.sha256 == Digest("sha256", SHA256_OF_ABC)
    assert hasher.chunks.digests == (Digest("blake3", BLAKE3_OF_ABC),)
    assert hasher.git_sha1 == GIT_BLOB_OF_ABC


def test_without_a_size_there_is_no_git_object_id() -> None:
    assert ContentHasher().git_sha1 is None


def test_streams_bytes_and_files_are_hashed(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")

    with file.open("rb") as stream:
        assert sha256_of(stream) == Digest("sha256", SHA256_OF_ABC)
    assert sha256_of_bytes(b"") == Digest("sha256", EMPTY_SHA256)
    assert blake3_of([b"a", b"bc"]) == Digest("blake3", BLAKE3_OF_ABC)


def test_an_empty_file_has_one_chunk() -> None:
    (digest,) = ContentHasher().chunks.digests

    assert digest.value == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


def test_each_chunk_has_a_digest_of_its_own_however_the_bytes_arrive() -> None:
    hasher = ContentHasher(chunk_size=3)
    for block in (b"ab", b"", b"cabcab", b"c", b"a"):
        hasher.update(block)

    chunks = hasher.chunks

    of_abc = Digest("blake3", BLAKE3_OF_ABC)
    assert chunks.digests == (of_abc, of_abc, of_abc, blake3_of([b"a"]))
    assert [chunks.span(index) for index in range(4)] == [(0, 3), (3, 6), (6, 9), (9, 10)]


def test_a_file_that_ends_with_a_chunk_has_none_after_it() -> None:
    hasher = ContentHasher(chunk_size=3)
    hasher.update(b"abcabc")

    assert len(hasher.chunks.digests) == 2


def test_chunks_of_another_number_than_the_size_gives_are_refused() -> None:
    of_abc = Digest("blake3", BLAKE3_OF_ABC)

    with pytest.raises(ValueError, match="expected 2 chunks, received 1"):
        Chunks(size=3, total=4, digests=(of_abc,))


def test_a_tree_is_what_b3sum_prints_for_the_output_of_sha256sum() -> None:
    # printf 'abc' >b; printf '' >a; printf 'abc' >C; sha256sum C a b | b3sum
    abc, empty = Digest("sha256", SHA256_OF_ABC), Digest("sha256", EMPTY_SHA256)

    tree = tree_digest([("b", abc), ("a", empty), ("C", abc)])

    assert str(tree) == "blake3:2cec0930b04d3b95efe6b88a3dcff8d7047d0dc538533499b4417179236045e5"


def test_a_tree_knows_which_file_has_which_bytes() -> None:
    abc, empty = Digest("sha256", SHA256_OF_ABC), Digest("sha256", EMPTY_SHA256)

    assert tree_digest([("a", abc), ("b", empty)]) != tree_digest([("a", empty), ("b", abc)])
