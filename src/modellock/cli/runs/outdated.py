"""`modellock outdated`."""

from datetime import UTC, datetime

from modellock.cli.answer import Answer
from modellock.cli.exits import DONE, NO, exit_code
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_outdated import outdated_document, outdated_lines
from modellock.cli.runs.whole_lock import newest_of
from modellock.cli.session import open_reporter, open_settings
from modellock.verbs.outdated import outdated
from modellock.verbs.outdated_result import OutdatedResult


def run(invocation: Invocation) -> Answer:
    """Ask what could move, of all models or of those that are named."""
    project, settings = open_project(invocation), open_settings(invocation)
    with open_reporter(invocation) as reporter:
        result = outdated(
            project,
            settings,
            reporter,
            invocation.arguments,
            exclude_newer=newest_of(invocation),
        )
        for finding in result.findings:
            reporter.warning(str(finding), hint=finding.hint)
    lines = outdated_lines(result, now=datetime.now(UTC))
    code = _code(result, wants_no=invocation.on("exit_code"))
    return Answer(outdated_document(result), "\n".join(lines), code=code)


def _code(result: OutdatedResult, *, wants_no: bool) -> int:
    """What could not be asked about counts in any case."""
    codes = [exit_code(finding) for finding in result.findings]
    if wants_no and result.is_outdated:
        codes.append(NO)
    return max(codes, default=DONE)
