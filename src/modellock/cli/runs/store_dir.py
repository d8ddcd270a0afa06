"""`modellock store dir`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_local_settings


def run(invocation: Invocation) -> Answer:
    """Answer with the store's directory, as it is: scripts use it. It need not be there."""
    directory = open_local_settings(invocation).store
    return Answer({"directory": directory}, directory, data=True)
