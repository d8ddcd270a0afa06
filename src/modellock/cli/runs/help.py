"""`modellock --help`, `modellock COMMAND --help`, and that of a group such as `store`."""

from modellock.cli.answer import Answer
from modellock.cli.commands import find_command
from modellock.cli.invocation import Invocation
from modellock.cli.usage import command_page, group_page, overview


def run(invocation: Invocation) -> Answer:
    """Answer with a page of help."""
    page = _page(*invocation.arguments) if invocation.arguments else overview()
    return Answer({"page": page}, page.rstrip("\n"), data=True)


def _page(name: str) -> str:
    command = find_command(name)
    return group_page(name) if command is None else command_page(command)
