"""`modellock update`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.runs.lock import mode_of, resolve
from modellock.errors import UnsupportedError, UsageError
from modellock.verbs.lock import LockRequest


def run(invocation: Invocation) -> Answer:
    """Move the pins of some models, or of all. Raises UsageError where neither is said."""
    names, everything = invocation.arguments, invocation.on("all")
    if bool(names) == everything:
        raise UsageError(
            "modellock update: expected names of models, or else `--all`",
            hint="run `modellock update --help`",
        )
    for name in names:
        if "@" in name:
            raise UnsupportedError(f"modellock update: `NAME@REV` is not supported yet: {name!r}")
    request = LockRequest(mode=mode_of(invocation), update=names, update_all=everything)
    return resolve(invocation, request)
