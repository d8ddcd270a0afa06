import hashlib
import io
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from modellock.values.digest import ContentHasher, Digest, sha256_of_bytes, tree_digest
from tests.property.strategies import digests, paths


@given(digests)
def test_a_digest_reads_what_it_writes(digest: Digest) -> None:
    assert Digest.parse(str(digest)) == digest


@given(st.text())
def test_what_is_read_as_a_digest_is_written_the_same(text: str) -> None:
    try:
        digest = Digest.parse(text)
    except ValueError:
        return
    assert str(digest) == text


@given(st.lists(st.binary()))
def test_the_cuts_between_chunks_do_not_count(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    hasher = ContentHasher(git_size=len(whole))
    for chunk in chunks:
        hasher.update(chunk)

    assert hasher.size == len(whole)
    assert hasher.sha256 == sha256_of_bytes(whole)
    assert hasher.sha256.value == hashlib.file_digest(io.BytesIO(whole), "sha256").hexdigest()


@given(st.dictionaries(paths, digests), st.randoms(use_true_random=False))
def test_a_tree_does_not_depend_on_the_order_of_its_files(
    files: dict[str, Digest], random: Random
) -> None:
    shuffled = list(files.items())
    random.shuffle(shuffled)

    assert tree_digest(shuffled) == tree_digest(files.items())
