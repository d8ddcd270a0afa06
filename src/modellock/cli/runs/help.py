"""`modellock --help` and `modellock COMMAND --help`."""

from modellock.cli.answer import Answer
from modellock.cli.commands import COMMANDS
from modellock.cli.invocation import Invocation
from modellock.cli.usage import command_page, overview


def run(invocation: Invocation) -> Answer:
    """Answer with a page of help."""
    named = [command for command in COMMANDS if command.name in invocation.arguments]
    page = command_page(named[0]) if named else overview()
    return Answer({"page": page}, page.rstrip("\n"), data=True)
