"""Numbers of a zip archive, least byte first, and the larger ones that an extra field keeps."""

from collections.abc import Iterator, Sequence

MAX_16 = 0xFFFF
MAX_32 = 0xFFFFFFFF
"""In place of a number that does not fit: it stands in a zip64 field."""

HAS_DESCRIPTOR = 1 << 3
"""Of the flags: sizes and checksum were not known before the bytes, and follow them."""

ZIP64 = 0x0001
UNICODE_PATH = 0x7075


class Fields:
    """A record read from its start. ValueError where it ends before."""

    def __init__(self, record: bytes) -> None:
        self._record = record
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._record) - self._at

    def bytes(self, count: int) -> bytes:
        """The next ones."""
        taken = self._record[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("is damaged, or cut short: a record ends in the middle")
        self._at += count
        return taken

    def short(self) -> int:
        """The next number of 2 bytes."""
        return int.from_bytes(self.bytes(2), "little")

    def long(self) -> int:
        """The next number of 4 bytes."""
        return int.from_bytes(self.bytes(4), "little")

    def longs(self, count: int) -> tuple[int, ...]:
        """Several of them."""
        return tuple(self.long() for _ in range(count))

    def quad(self) -> int:
        """The next number of 8 bytes."""
        return int.from_bytes(self.bytes(8), "little")


def extras(record: bytes) -> Iterator[tuple[int, bytes]]:
    """The extra fields of a member, by their numbers.

    What is too short to be one ends them: some writers pad so.
    """
    fields = Fields(record)
    while fields.left >= 4:
        number, size = fields.short(), fields.short()
        yield number, fields.bytes(size)


def whole_numbers(extra: bytes, numbers: Sequence[int]) -> Iterator[int]:
    """The numbers of a member, each from its zip64 field if it has no room elsewhere (4.5.3).

    Size, packed size and offset, in this order. ValueError where there is no such field, or
    several.
    """
    fields = _zip64(extra) if MAX_32 in numbers else Fields(b"")
    return (fields.quad() if number == MAX_32 else number for number in numbers)


def _zip64(extra: bytes) -> Fields:
    found = [content for number, content in extras(extra) if number == ZIP64]
    if len(found) != 1:
        raise ValueError("is damaged: a member has no zip64 sizes, or several")
    return Fields(found[0])
