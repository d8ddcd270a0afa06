"""`modellock update`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.runs.whole_lock import mode_of, newest_of, resolve
from modellock.decisions.targets import UpdateTarget, parse_target
from modellock.errors import UsageError
from modellock.verbs.lock import LockRequest


def run(invocation: Invocation) -> Answer:
    """Move the pins of some models, or of all. Raises UsageError where neither is said."""
    names, everything = invocation.arguments, invocation.on("all")
    if bool(names) == everything:
        raise UsageError(
            "modellock update: expected names of models, or else `--all`",
            hint="run `modellock update --help`",
        )
    request = LockRequest(
        mode=mode_of(invocation),
        update=tuple(_target(name) for name in names),
        update_all=everything,
        exclude_newer=newest_of(invocation),
    )
    return resolve(invocation, request)


def _target(text: str) -> UpdateTarget:
    try:
        return parse_target(text)
    except ValueError as fault:
        raise UsageError(f"modellock update: {fault}") from fault
