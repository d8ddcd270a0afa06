"""`modellock verify`, with `--deep`, `--repair` and `--upstream`."""

import time

from modellock.cli.answer import Answer
from modellock.cli.exits import DISTRUST, DONE, NO
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_verify import (
    upstream_document,
    upstream_lines,
    verify_document,
    verify_lines,
)
from modellock.cli.session import open_reporter, open_settings
from modellock.errors import SeveralErrors, UsageError
from modellock.values.wording import took_words
from modellock.verbs.repair import repair
from modellock.verbs.verify import verify, verify_deep
from modellock.verbs.verify_result import VerifyResult
from modellock.verbs.verify_upstream import verify_upstream


def run(invocation: Invocation) -> Answer:
    """Check all locked models, or those that are named."""
    if invocation.on("upstream"):
        if invocation.on("repair"):
            raise UsageError("--repair mends what is here, and --upstream looks at what is there")
        return _ask_upstream(invocation)
    began = time.perf_counter()
    project, settings = open_project(invocation), open_settings(invocation)
    names, to = invocation.arguments, invocation.path("to")
    cache = invocation.path("shared_cache")
    with open_reporter(invocation) as reporter:
        if invocation.on("repair"):
            result = repair(project, settings, reporter, names, to=to, shared_cache=cache)
        elif invocation.on("deep"):
            result = verify_deep(project, settings, reporter, names, to=to, shared_cache=cache)
        else:
            result = verify(project, settings, names, to=to, shared_cache=cache)
    took = took_words(time.perf_counter() - began)
    lines = verify_lines(result, now=time.time(), took=took)
    return Answer(verify_document(result), "\n".join(lines), code=_code(result))


def _ask_upstream(invocation: Invocation) -> Answer:
    """Raises what upstream says otherwise than models.lock, all of it."""
    began = time.perf_counter()
    project, settings = open_project(invocation), open_settings(invocation)
    with open_reporter(invocation) as reporter:
        result = verify_upstream(project, settings, reporter, invocation.arguments)
        for warning in result.warnings:
            reporter.warning(warning)
    if len(result.findings) == 1:
        raise result.findings[0]
    if result.findings:
        raise SeveralErrors(result.findings)
    lines = upstream_lines(result, took=took_words(time.perf_counter() - began))
    return Answer(upstream_document(result), "\n".join(lines))


def _code(result: VerifyResult) -> int:
    """Bytes that changed behind everybody's back are graver than files that are not there."""
    if result.is_damaged:
        return DISTRUST
    return DONE if result.is_whole else NO
