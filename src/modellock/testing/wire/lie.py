"""The ways in which a reply can be wrong.

Each changes one reply and knows nothing of the others. Those about content concern the replies
that carry a published file, never the redirect before them, so that its promises stay right.
"""

import gzip
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from modellock.testing.pointer import lfs_pointer
from modellock.testing.wire.exchange import Reply, Request, json_reply, redirect

HTML_PAGE = b"<!DOCTYPE html>\n<html><head><title>Oops</title></head><body>Unicorn!</body></html>\n"


@dataclass(frozen=True, slots=True)
class Lie:
    """One way to be wrong."""

    concerns: Callable[[Request, Reply], bool]
    tell: Callable[[Request, Reply], Reply]

    is_last: bool = False
    """Nothing of the true reply is left, so no other lie has anything to change."""

    WRONG_BYTES: ClassVar["Lie"]
    """The same size, another last byte."""

    SHORTER: ClassVar["Lie"]
    """Half of the file, with an honest Content-Length."""

    TRUNCATED: ClassVar["Lie"]
    """The whole Content-Length, half of the body, and the connection is closed."""

    RESET_MIDWAY: ClassVar["Lie"]
    """The whole Content-Length, half of the body, and a TCP reset."""

    RESET: ClassVar["Lie"]
    """A TCP reset in place of a reply."""

    HTML_PAGE: ClassVar["Lie"]
    """An error page with status 200."""

    LFS_POINTER: ClassVar["Lie"]
    """The pointer of git-lfs in place of the file."""

    GZIP: ClassVar["Lie"]
    """`Content-Encoding: gzip`, asked for or not."""

    IGNORED_RANGE: ClassVar["Lie"]
    """200 and the whole file to a request for a range."""

    NO_COMMIT: ClassVar["Lie"]
    """X-Repo-Commit is missing: a proxy, or no Hub at all."""

    REDIRECT_LOOP: ClassVar["Lie"]
    """302 to the very same URL."""

    @classmethod
    def status(
        cls,
        status: int,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """An error reply; `retry_after` in seconds."""
        waiting = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        refusal = json_reply({"error": f"status {status}"}, status, {**waiting, **(headers or {})})
        return cls.reply(refusal)

    @classmethod
    def reply(cls, reply: Reply) -> Self:
        """This very reply."""
        return cls(_always, lambda _request, _reply: reply, is_last=True)

    @classmethod
    def header(cls, name: str, text: str | None) -> Self:
        """A header with another text, or, with None, no such header."""

        def tell(_request: Request, reply: Reply) -> Reply:
            return reply.without_header(name) if text is None else reply.with_headers({name: text})

        return cls(_always, tell)

    @classmethod
    def content(cls, content: bytes) -> Self:
        """Other bytes in place of the file."""
        return cls(_is_download, lambda _request, reply: replace(reply, body=content))

    @classmethod
    def delay(cls, seconds: float) -> Self:
        """Silence before the first byte."""

        def tell(_request: Request, reply: Reply) -> Reply:
            return replace(reply, delivery=replace(reply.delivery, delay=seconds))

        return cls(_always, tell)

    @classmethod
    def trickle(cls, bytes_per_second: float) -> Self:
        """A slow body."""

        def tell(_request: Request, reply: Reply) -> Reply:
            return replace(reply, delivery=replace(reply.delivery, rate=bytes_per_second))

        return cls(_is_download, tell)

    @classmethod
    def shuffled_replies(cls, seed: int, seconds: float = 0.02) -> Self:
        """Each reply late by its own time up to `seconds`, so that they overtake one another."""

        def tell(request: Request, reply: Reply) -> Reply:
            late = random.Random(f"{seed} {request.target}").uniform(0, seconds)  # noqa: S311
            return replace(reply, delivery=replace(reply.delivery, delay=late))

        return cls(_always, tell)

    @classmethod
    def shuffled_lists(cls, seed: int) -> Self:
        """JSON whose lists, and keys, come in another order."""

        def tell(_request: Request, reply: Reply) -> Reply:
            value = _shuffled(json.loads(reply.body), random.Random(seed))  # noqa: S311
            return replace(reply, body=json_reply(value).body)

        return cls(_is_json, tell)


def _always(_request: Request, _reply: Reply) -> bool:
    return True


def _is_download(request: Request, reply: Reply) -> bool:
    return reply.is_file and reply.status == 200 and request.method == "GET"


def _is_json(_request: Request, reply: Reply) -> bool:
    return reply.status == 200 and (reply.header("Content-Type") or "").startswith(
        "application/json"
    )


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, list):
        return chance.sample([_shuffled(item, chance) for item in value], len(value))
    if isinstance(value, dict):
        names = chance.sample(list(value), len(value))
        return {name: _shuffled(value[name], chance) for name in names}
    return value


def _wrong_bytes(_request: Request, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[:-1] + bytes(byte ^ 1 for byte in reply.body[-1:]))


def _shorter(_request: Request, reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _truncated(_request: Request, reply: Reply) -> Reply:
    return replace(reply, delivery=replace(reply.delivery, share=0.5))


def _reset_midway(_request: Request, reply: Reply) -> Reply:
    return replace(reply, delivery=replace(reply.delivery, share=0.5, reset=True))


def _reset(_request: Request, reply: Reply) -> Reply:
    return replace(reply, delivery=replace(reply.delivery, share=0, reset=True))


def _html_page(_request: Request, reply: Reply) -> Reply:
    page = replace(reply, body=HTML_PAGE, is_file=False)
    return page.with_headers({"Content-Type": "text/html; charset=utf-8"})


def _lfs_pointer(_request: Request, reply: Reply) -> Reply:
    return replace(reply, body=lfs_pointer(reply.body))


def _gzip(_request: Request, reply: Reply) -> Reply:
    packed = replace(reply, body=gzip.compress(reply.body, mtime=0), is_file=False, is_text=False)
    return packed.with_headers({"Content-Encoding": "gzip"})


def _ignored_range(_request: Request, reply: Reply) -> Reply:
    return replace(reply, is_file=False)


def _no_commit(_request: Request, reply: Reply) -> Reply:
    return reply.without_header("X-Repo-Commit")


def _redirect_loop(request: Request, _reply: Reply) -> Reply:
    return redirect(302, request.target)


Lie.WRONG_BYTES = Lie(_is_download, _wrong_bytes)
Lie.SHORTER = Lie(_is_download, _shorter)
Lie.TRUNCATED = Lie(_is_download, _truncated)
Lie.RESET_MIDWAY = Lie(_is_download, _reset_midway)
Lie.RESET = Lie(_always, _reset, is_last=True)
Lie.HTML_PAGE = Lie(_is_download, _html_page)
Lie.LFS_POINTER = Lie(_is_download, _lfs_pointer)
Lie.GZIP = Lie(_is_download, _gzip)
Lie.IGNORED_RANGE = Lie(_is_download, _ignored_range)
Lie.NO_COMMIT = Lie(_always, _no_commit)
Lie.REDIRECT_LOOP = Lie(_always, _redirect_loop, is_last=True)
