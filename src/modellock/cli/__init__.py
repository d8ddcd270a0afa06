"""The command `modellock`: the only code that prints, and the only place where its errors end."""

import gc
import os
import sys
from collections.abc import Sequence

from modellock.cli.answer import Answer
from modellock.cli.exits import INTERRUPTED, TERMINATED
from modellock.cli.invocation import Invocation
from modellock.cli.parser import asks_for_events, asks_for_json, command_named, parse
from modellock.cli.terminal import (
    Terminal,
    Terminated,
    never_fail_to_encode,
    open_closed_streams,
    stop_no_more,
)
from modellock.errors import ModellockError

_YOUNG = 50_000
"""Objects that Python's collector waits for before it looks for garbage; by itself, 700.

What a large lock is read into stays to the end: placing 100,000 files took 13.7 s without that
search, and 16.6 s with it.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns what the process ends with."""
    words = sys.argv[1:] if argv is None else list(argv)
    gc.set_threshold(_YOUNG)
    open_closed_streams()
    never_fail_to_encode()
    terminal = Terminal.before_parsing(
        command_named(words),
        json=asks_for_json(words, os.environ),
        events=asks_for_events(words, os.environ),
    )
    try:
        invocation = parse(words, os.environ)
        terminal = Terminal.of(invocation)
        return terminal.answer(_run(invocation))
    except ModellockError as error:
        return terminal.fail(error)
    except KeyboardInterrupt as stop:
        stop_no_more()
        code = TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
        return terminal.fail(_stopped(code), code=code)
    except Exception as fault:  # noqa: BLE001 - the last resort: nothing ends in a traceback
        from modellock.cli.defects import told

        return terminal.fail(told(fault, verbose=terminal.verbose))


def _run(invocation: Invocation) -> Answer:
    from importlib import import_module

    name = invocation.command.lstrip("_").replace(" ", "_")
    module = import_module(f"modellock.cli.runs.{name}")
    answer: Answer = module.run(invocation)
    return answer


def _stopped(code: int) -> ModellockError:
    error = ModellockError("interrupted" if code == INTERRUPTED else "terminated")
    error.code = "interrupted" if code == INTERRUPTED else "terminated"
    return error
