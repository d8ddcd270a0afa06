"""Digests: an algorithm and a value, and the hashing that yields them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BufferedReader

import blake3

CHUNK_SIZE = 64 << 20
"""Bytes: what is fetched anew at least where a large file is damaged, and 32 bytes to tell."""

_LENGTHS = {"sha256": 64, "blake3": 64, "sha1": 40}
_HEX = frozenset("0123456789abcdef")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Digest:
    """An algorithm and its value in lower-case hex, checked once where text becomes a digest."""

    algorithm: str
    value: str

    def __post_init__(self) -> None:
        length = _LENGTHS.get(self.algorithm)
        if length is None:
            raise ValueError(f"{self.algorithm!r} is not a digest algorithm modellock knows")
        is_text = isinstance(self.value, str)
        if not is_text or len(self.value) != length or not _HEX.issuperset(self.value):
            raise ValueError(f"{self.value!r} is not {length} lower-case hex digits")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> "Digest":
        """Read `sha256:9f86…`; ValueError when it is not that."""
        algorithm, _, value = text.partition(":")
        return cls(algorithm, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """BLAKE3 of each chunk of a file: it tells which of them are right, several at once."""

    size: int
    """Bytes of each but the last, which may be shorter."""

    total: int
    """Bytes of the file."""

    digests: tuple[Digest, ...]
    """In order; an empty file has one chunk, of no bytes."""

    def __post_init__(self) -> None:
        count = max(1, -(-self.total // self.size))
        if len(self.digests) != count:
            raise ValueError(f"expected {count} chunks, received {len(self.digests)}")

    def span(self, index: int) -> tuple[int, int]:
        """Where a chunk begins, and where it ends."""
        start = index * self.size
        return start, min(start + self.size, self.total)


class _ChunkHasher:
    """Hashes each chunk as soon as it is whole."""

    def __init__(self, chunk_size: int) -> None:
        self._blake3 = blake3.blake3()
        self._finished: list[Digest] = []
        self._chunk_size = self._room = chunk_size

    def update(self, left: memoryview) -> None:
        """Take the next bytes."""
        while len(left) > self._room:
            self._blake3.update(left[: self._room])
            self._finished.append(Digest("blake3", self._blake3.hexdigest()))
            left, self._room = left[self._room :], self._chunk_size
            self._blake3 = blake3.blake3()
        self._blake3.update(left)
        self._room -= len(left)

    @property
    def chunks(self) -> Chunks:
        """Of what was seen so far."""
        total = (len(self._finished) + 1) * self._chunk_size - self._room
        digests = (*self._finished, Digest("blake3", self._blake3.hexdigest()))
        return Chunks(size=self._chunk_size, total=total, digests=digests)


class ContentHasher:
    """Everything modellock ever asks of a file's bytes, taken in one pass.

    `git_size` is given where the git object id is wanted too: git hashes `blob`, the length and a
    NUL before the bytes (gitformat-pack), so the length must be known first.
    """

    def __init__(self, *, git_size: int | None = None, chunk_size: int = CHUNK_SIZE) -> None:
        self._sha256 = hashlib.sha256()
        # Of chunks alone: BLAKE3 of the whole file besides costs a fifth of the hashing more, and
        # tells neither where a file is damaged nor can threads share in checking it.
        self._chunks = _ChunkHasher(chunk_size)
        self._git = None
        if git_size is not None:
            self._git = hashlib.sha1(b"blob %d\0" % git_size, usedforsecurity=False)
        self.size = 0
        """Bytes seen."""

    def update(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes."""
        self.size += len(chunk)
        self._sha256.update(chunk)
        self._chunks.update(memoryview(chunk))
        if self._git is not None:
            self._git.update(chunk)

    @property
    def sha256(self) -> Digest:
        """Of what was seen so far."""
        return Digest("sha256", self._sha256.hexdigest())

    @property
    def chunks(self) -> Chunks:
        """Of what was seen so far."""
        return self._chunks.chunks

    @property
    def git_sha1(self) -> str | None:
        """The git object id of what was seen so far, where `git_size` was given."""
        return None if self._git is None else self._git.hexdigest()


def sha256_of(stream: BufferedReader) -> Digest:
    """The sha256 of a file that is open at its start, in constant memory."""
    return Digest("sha256", hashlib.file_digest(stream, "sha256").hexdigest())


def sha256_of_bytes(content: bytes) -> Digest:
    """The sha256 of bytes."""
    return Digest("sha256", hashlib.sha256(content).hexdigest())


def git_id_of_bytes(content: bytes) -> str:
    """The id that git gives to a file with these bytes, as 40 hex digits."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def chunks_of(stream: BufferedReader) -> Chunks:
    """The chunks of a file that is open at its start, and may shrink at any moment."""
    hasher = _ChunkHasher(CHUNK_SIZE)
    while block := stream.read(_BLOCK):
        hasher.update(memoryview(block))
    return hasher.chunks


def blake3_of(blocks: Iterable[bytes | memoryview]) -> Digest:
    """The BLAKE3 of all these bytes, by one thread.

    Its pool of others would not outlive a fork: callers hash chunks side by side.
    """
    hasher = blake3.blake3()
    for block in blocks:
        hasher.update(block)
    return Digest("blake3", hasher.hexdigest())


def tree_digest(files: Iterable[tuple[str, Digest]]) -> Digest:
    r"""Name a snapshot: BLAKE3 over the lines `<sha256>  <path>\n`, sorted by path (code points).

    What `sha256sum` prints over the sorted files, piped into `b3sum`. It is a checksum and
    authenticates nothing.
    """
    lines = [
        f"{digest.value}  {path}\n" for path, digest in sorted(files, key=lambda entry: entry[0])
    ]
    return Digest("blake3", blake3.blake3("".join(lines).encode()).hexdigest())
