"""One body on its way into the store, judged before it begins, while it comes, and at its end."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from modellock.decisions.impostors import HEAD, impostor
from modellock.decisions.verdicts import (
    Expected,
    is_locked,
    missing_locally,
    too_many_bytes,
    wrong_bytes,
    wrong_content,
    wrong_size,
)
from modellock.errors import MismatchError, ModellockError, ServerError
from modellock.ports.refusals import At, explain_refusal, status_words
from modellock.shell.bodies import from_file
from modellock.shell.disk import disk_error
from modellock.shell.faults import at_host
from modellock.shell.httpclient import HttpClient
from modellock.shell.local_files import SCHEME, path_of_url
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.responses import Response
from modellock.shell.retries import Tries
from modellock.shell.store import Store
from modellock.sources import Location
from modellock.values.digest import ContentHasher, Digest
from modellock.values.origins import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a location sends."""

    url: str
    """The location's own, not where it redirected to."""

    headers: Mapping[str, str]
    """Names in lower case."""

    size: int | None
    """Bytes, as announced."""

    blocks: Iterator[bytes | memoryview]


class StrayedError(ServerError):
    """A host that a redirect led to refuses: what was signed for this run may have expired."""


@contextmanager
def opened(
    client: HttpClient, expected: Expected, location: Location, tries: Tries
) -> Iterator[Body]:
    """The body that a location sends.

    Raises what a refusal means, StrayedError where a new redirect may help.
    """
    if location.url.startswith(SCHEME):
        opening = _opened_file if location.mirror is None else opened_copy
        with opening(expected, location.url) as body:
            yield body
        return
    anonymous = location.mirror is not None
    with client.stream(
        location.url, accept=location.accept, tries=tries, anonymous=anonymous
    ) as response:
        if response.status != 200:
            raise refusal(expected, location, response)
        yield Body(
            url=location.url,
            headers=response.headers,
            size=response.size,
            blocks=response.blocks(),
        )


@contextmanager
def _opened_file(expected: Expected, url: str) -> Iterator[Body]:
    try:
        with open_regular(path_of_url(url), NO_LINK) as file:
            yield Body(url=url, headers={}, size=None, blocks=from_file(file))
    except (FileNotFoundError, NotADirectoryError):
        raise missing_locally(expected, url) from None
    except OSError as error:
        raise disk_error(error, expected.subject) from error


@contextmanager
def opened_copy(expected: Expected, url: str, *, start: int = 0) -> Iterator[Body]:
    """A file of a mirror, from a byte on: also at the end of a link, since only its hash counts.

    One of another size is not read: a file of /proc has none, and may never end.
    """
    try:
        with open_regular(path_of_url(url)) as file:
            size = os.fstat(file.fileno()).st_size
            if expected.size not in (None, size):
                raise wrong_size(expected, size, url)
            file.seek(start)
            blocks = from_file(file) if size else iter(())
            yield Body(url=url, headers={}, size=size, blocks=blocks)
    except OSError as error:
        raise missing_locally(expected, url) from error


def refusal(expected: Expected, location: Location, response: Response) -> ModellockError:
    """What it means that a place does not send a file; a mirror is no Hub, whatever the origin."""
    at: At = "sync" if is_locked(expected) else "lock"
    if response.strayed and response.status in (401, 403):
        return StrayedError(
            f"{at_host(expected.subject, response.url)}, where the origin keeps its files, "
            f"answered {status_words(response.status)}",
            hint=f"run `modellock {at}` again",
        )
    is_origin = location.mirror is None
    return explain_refusal(
        expected.kind if is_origin else Kind.URL,
        status=response.status,
        headers=response.headers,
        url=response.url,
        subject=expected.subject,
        token=response.token,
        gated=is_origin and expected.gated,
        at=at,
    )


def take_in(
    store: Store, expected: Expected, body: Body, arrived: Callable[[int], None]
) -> ContentHasher:
    """Publish a body to the store, if it is what was expected; returns what it was.

    `arrived` hears the bytes of each block once they are written, and may end it all by raising.
    Raises MismatchError, WrongContentError; what the body raises; NoSpaceError, FileAccessError.
    """
    first = next(body.blocks, b"")
    head = bytes(first[:HEAD])
    judge_beginning(expected, body, head)
    git_size = None if expected.git_sha1 is None else expected.size
    hasher = ContentHasher(git_size=git_size)
    with store.stage(expected.digest) as staging:
        for block in chain((first,), body.blocks):
            hasher.update(block)
            if expected.size is not None and hasher.size > expected.size:
                raise too_many_bytes(expected, body.url)
            staging.write(block)
            arrived(len(block))
        _judge_end(expected, body, head, hasher)
        staging.publish(hasher)
    return hasher


def judge_beginning(expected: Expected, body: Body, head: bytes) -> None:
    """Raise MismatchError or WrongContentError where a body that begins so cannot be the file."""
    seems = impostor(expected.subject, body.headers, head)
    if seems is not None and expected.digest is None:
        raise wrong_content(expected, seems, body.url)
    if body.size is not None and expected.size not in (None, body.size):
        raise _worse(expected, seems, body.url, wrong_size(expected, body.size, body.url))


def _judge_end(expected: Expected, body: Body, head: bytes, hasher: ContentHasher) -> None:
    seems = impostor(expected.subject, body.headers, head)
    if expected.size not in (None, hasher.size):
        raise _worse(expected, seems, body.url, wrong_size(expected, hasher.size, body.url))
    if expected.digest not in (None, hasher.sha256):
        raise _worse(expected, seems, body.url, wrong_bytes(expected, hasher.sha256, body.url))
    if hasher.git_sha1 != expected.git_sha1:
        raise wrong_bytes(expected, f"git object {hasher.git_sha1}", body.url)


def wrong_end(
    expected: Expected, url: str, headers: Mapping[str, str], head: bytes, received: Digest
) -> ModellockError:
    """What is wrong with a file of the right size; `headers` and `head` are how it began."""
    seems = impostor(expected.subject, headers, head)
    return _worse(expected, seems, url, wrong_bytes(expected, received, url))


def _worse(
    expected: Expected, seems: str | None, url: str, mismatch: MismatchError
) -> ModellockError:
    """The error that says more: what came, if it was no file at all."""
    return mismatch if seems is None else wrong_content(expected, seems, url)
