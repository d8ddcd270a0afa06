"""A file put together from blocks that arrive in any order, and hashed in the right one."""

import threading
from collections.abc import Callable

from modellock.shell.partial_files import Partial
from modellock.values.digest import ContentHasher
from modellock.values.spans import Spans

_BLOCK = 1 << 20
_TURN = 8 << 20
"""Bytes that a thread hashes for others before it sees to its own connection again."""


class OutdatedError(Exception):
    """The file was begun anew since these bytes were asked for."""


class Assembly:
    """The bytes of one file, from all connections. Safe to use from several threads.

    Bytes belong to a round; those of an earlier round than the present one change nothing any more.
    """

    def __init__(self, partial: Partial) -> None:
        self.partial = partial
        self._hasher = ContentHasher()
        self._round = 0
        # Whoever takes both takes `_hashing` first.
        self._hashing = threading.Lock()
        self._changing = threading.Lock()
        self._buffer = memoryview(bytearray(_BLOCK))

    @property
    def here(self) -> Spans:
        """Which bytes are here."""
        with self._changing:
            return Spans(self.partial.here)

    def is_whole(self) -> bool:
        """Whether all bytes are here, right or wrong."""
        return self.here.total == self.partial.size

    def write(self, round_: int, start: int, block: memoryview) -> None:
        """Take in bytes. Raises OutdatedError; NoSpaceError, FileAccessError."""
        with self._changing:
            if round_ != self._round:
                raise OutdatedError
            self.partial.write(start, block)

    def hash_on(self, round_: int, start: int, block: memoryview) -> None:
        """Hash what is here and not hashed yet, some of it; `block` was just written at `start`.

        Raises NoSpaceError, FileAccessError.
        """
        if self._hashing.acquire(blocking=False):
            try:
                self._hash_turn(round_, start, block)
            finally:
                self._hashing.release()
        self.partial.flush_if_due()

    def finish(self, heed: Callable[[int], None]) -> ContentHasher:
        """Hash what is not hashed yet.

        `heed` hears again and again how many bytes are, and may end that by raising.
        """
        with self._hashing:
            heed(self._hasher.size)
            while self._hash_next():
                heed(self._hasher.size)
            return self._hasher

    def etag_of(self, place: str) -> str | None:
        """The strong ETag that the file has at a place, where the last bytes came from there."""
        return self.partial.etag if self.partial.place == place else None

    def head(self, size: int) -> bytes:
        """The first bytes, as far as they are here."""
        head = memoryview(bytearray(size))
        return bytes(head[: self.partial.read_into(0, head)])

    def begin_round(self, round_: int, *, anew: bool) -> None:
        """What was asked for before is outdated; with `anew`, what is here as well."""
        with self._hashing, self._changing:
            self._round = round_
            if anew:
                self.partial.forget()
                self._hasher = ContentHasher()

    def close(self) -> None:
        """Leave the bytes to whoever comes next."""
        with self._hashing, self._changing:
            self._round = -1
            self.partial.close()

    def _hash_turn(self, round_: int, start: int, block: memoryview) -> None:
        if round_ == self._round and start == self._hasher.size:
            self._update(block)
        until = self._hasher.size + _TURN
        while self._hasher.size < until and self._hash_next():
            pass

    def _hash_next(self) -> bool:
        """Hash the next bytes that are here; False where they are not."""
        count = self.partial.read_into(self._hasher.size, self._buffer)
        self._update(self._buffer[:count])
        return count > 0

    def _update(self, block: memoryview) -> None:
        self._hasher.update(block)
        self.partial.write_back(self._hasher.size)
