"""`modellock demo`."""

import os
import sys
import tempfile

from modellock.cli.answer import Answer
from modellock.cli.demo import Remark, Shown, Stage, play
from modellock.cli.exits import INTERNAL
from modellock.cli.invocation import Invocation
from modellock.cli.terminal import CYAN, Terminal, colors_wanted, stop_on_sigterm, write_out
from modellock.errors import ObstructedError


def run(invocation: Invocation) -> Answer:
    """Play the story in a temporary directory, or in `--keep DIR`."""
    stop_on_sigterm()
    kept = invocation.path("keep")
    if kept is not None:
        _refuse_used(kept)
        return _play(invocation, kept)
    with tempfile.TemporaryDirectory(prefix="modellock-demo-") as directory:
        return _play(invocation, directory)


def _play(invocation: Invocation, directory: str) -> Answer:
    terminal = Terminal.of(invocation)
    terminal.colored = colors_wanted(
        invocation.text("color"), os.environ, looked_at=sys.stdout.isatty()
    )

    def show(step: Remark | Shown) -> None:
        if not terminal.json:
            write_out(_text_of(step, terminal))

    with Stage(directory) as stage:
        steps = play(stage, show)
    kept = invocation.path("keep")
    document: dict[str, object] = {
        "directory": kept,
        "steps": [
            {"command": step.command, "output": step.output, "exit_code": step.code}
            for step in steps
        ],
    }
    if steps[-1].code != steps[-1].expected:
        text = f"The demo stopped: expected exit {steps[-1].expected}"
        return Answer(document, text, code=INTERNAL, data=True)
    return Answer(document, f"\nThe projects are in {kept}" if kept else "", data=True)


def _text_of(step: Remark | Shown, terminal: Terminal) -> str:
    if isinstance(step, Remark):
        return f"\n{terminal.paint(f'# {step.text}', CYAN)}\n"
    ended = [f"[exit {step.code}]"] if step.code else []
    return "\n".join([f"$ {step.command}", *filter(None, [step.output]), *ended]) + "\n"


def _refuse_used(directory: str) -> None:
    if os.path.lexists(directory) and (not os.path.isdir(directory) or os.listdir(directory)):
        raise ObstructedError(
            f"{directory}: is not an empty directory", hint="run `modellock demo --keep NEW`"
        )
