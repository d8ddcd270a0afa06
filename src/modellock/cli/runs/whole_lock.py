"""`modellock lock` where there is something to do, or at least to look at."""

import time
from datetime import UTC, datetime

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_lock import lock_document, lock_lines
from modellock.cli.session import open_reporter, open_settings
from modellock.decisions.cutoff import parse_moment
from modellock.errors import UsageError
from modellock.values.wording import took_words
from modellock.verbs.lock import LockMode, LockRequest, check_lock, lock
from modellock.verbs.lock_result import LockResult


def run_whole(invocation: Invocation, began: float) -> Answer:
    """Resolve, or check without a request; `began` is a reading of `time.perf_counter`."""
    if invocation.on("check"):
        return answer_of(check_lock(open_project(invocation)), invocation, began)
    request = LockRequest(mode=mode_of(invocation), exclude_newer=newest_of(invocation))
    return resolve(invocation, request)


def resolve(invocation: Invocation, request: LockRequest) -> Answer:
    """What `lock` and `update` share."""
    began = time.perf_counter()
    project, settings = open_project(invocation), open_settings(invocation)
    with open_reporter(invocation) as reporter:
        result = lock(project, settings, reporter, request)
    return answer_of(result, invocation, began)


def mode_of(invocation: Invocation) -> LockMode:
    """Whether models.lock is written."""
    return LockMode.DRY_RUN if invocation.on("dry_run") else LockMode.WRITE


def newest_of(invocation: Invocation) -> datetime | None:
    """What `--exclude-newer` says, durations counted back from now. Raises UsageError."""
    text = invocation.text("exclude_newer")
    try:
        return None if text is None else parse_moment(text, datetime.now(UTC))
    except ValueError as fault:
        raise UsageError(f"{invocation.cause('exclude_newer')}: {fault}") from fault


def answer_of(result: LockResult, invocation: Invocation, began: float) -> Answer:
    """A result with the time it took."""
    lines = lock_lines(
        result,
        dry_run=invocation.on("dry_run"),
        took=took_words(time.perf_counter() - began),
        now=datetime.now(UTC),
    )
    return Answer(lock_document(result), "\n".join(lines))
