"""How much an archive may become: limits that no honest model comes near, and that bombs pass."""

from modellock.values.wording import count_words, size_words

MOST_MEMBERS = 100_000
"""Files and directories of one archive. Each file is a line of models.lock; of 100,000 lines, with
15 MB, the reader makes 60 MB of memory."""

LARGEST_EXPANSION = 1 << 42
"""Bytes: 4 TiB. A release of GitHub has at most 1,000 assets of 2 GiB, half of that."""

MOST_RATIO = 200
"""Bytes for each byte of an archive. Weights hardly shrink, text does by ten; deflate can do 1,032
and zstd 10,000 with nothing but zeros, which only fill a disk."""

UNSUSPICIOUS = 256 << 20
"""Bytes that any archive may become: small models of zeros, as tests have them, are no bombs."""


class Budget:
    """What one archive has used up so far; its `size` is in bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._members = 0
        self._expanded = 0

    def count_member(self) -> None:
        """Take note of a file or directory; ValueError for one too many."""
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise ValueError(f"has more than {count_words(MOST_MEMBERS, 'member')}")

    def grow(self, count: int) -> None:
        """Take note of bytes that came out; ValueError once they are too many."""
        self._expanded += count
        if self._expanded > LARGEST_EXPANSION:
            raise ValueError(f"becomes more than {size_words(LARGEST_EXPANSION)}")
        if self._expanded > max(UNSUSPICIOUS, MOST_RATIO * self._size):
            raise ValueError(
                f"becomes more than {MOST_RATIO} times as large as it is: "
                f"{size_words(self._size)} became {size_words(self._expanded)} so far"
            )
