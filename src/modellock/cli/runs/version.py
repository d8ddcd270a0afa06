"""`modellock --version`."""

from modellock._version import __version__
from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation


def run(invocation: Invocation) -> Answer:
    """Answer with the version."""
    del invocation
    return Answer({"version": __version__}, f"modellock {__version__}", data=True)
