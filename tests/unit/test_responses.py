"""Replies that have an end, whoever sends them."""

import time
from collections.abc import Iterator

import pytest

from modellock.errors import ServerError
from modellock.shell.responses import bounded


def trickle() -> Iterator[bytes]:
    while True:
        time.sleep(0.001)
        yield b" "


def test_a_reply_that_ends_comes_as_it_is() -> None:
    assert list(bounded([b"ab", b"c"], "host", most=3, seconds=60)) == [b"ab", b"c"]


def test_a_reply_that_grows_beyond_its_bound_is_given_up() -> None:
    with pytest.raises(ServerError, match=r"^host sent .* too large: expected at most 2 bytes$"):
        list(bounded([b"ab", b"c"], "host", most=2, seconds=60))


def test_a_reply_that_trickles_is_given_up() -> None:
    with pytest.raises(ServerError, match=r"^host sends a reply too slowly: "):
        list(bounded(trickle(), "host", seconds=0.01))
