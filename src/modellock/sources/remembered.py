"""Answers that are asked for once, however many threads want them."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Answers by what was asked; who wants one that is under way waits. Failures are not kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking: dict[Key, threading.Lock] = {}
        self._answers: dict[Key, Value] = {}

    def get(self, key: Key, ask: Callable[[], Value]) -> Value:
        """The answer, asked for by the first who wants it. Raises what `ask` raises."""
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:
            if key not in self._answers:
                self._answers[key] = ask()
            return self._answers[key]

    def put(self, key: Key, answer: Value) -> None:
        """Know an answer that came along with another."""
        self._answers[key] = answer
