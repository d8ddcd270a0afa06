"""The command `modellock`: the only code that prints, and the only place where its errors end."""

import os
import sys
from collections.abc import Sequence

from modellock.cli.answer import Answer
from modellock.cli.exits import INTERRUPTED, TERMINATED
from modellock.cli.invocation import Invocation
from modellock.cli.parser import asks_for_json, parse
from modellock.cli.terminal import Terminal, colors_wanted, never_fail_to_encode
from modellock.errors import ModellockError


class Terminated(KeyboardInterrupt):
    """SIGTERM: everything that cleans up after Ctrl-C does so after it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns what the process ends with."""
    words = sys.argv[1:] if argv is None else list(argv)
    never_fail_to_encode()
    colored = colors_wanted(None, os.environ)
    terminal = Terminal(json=asks_for_json(words, os.environ), colored=colored)
    try:
        invocation = parse(words, os.environ)
        terminal = _terminal(invocation)
        return terminal.answer(_run(invocation))
    except ModellockError as error:
        return terminal.fail(error)
    except KeyboardInterrupt as stop:
        code = TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
        return terminal.fail(_stopped(code), code=code)
    except Exception as fault:  # noqa: BLE001 - the last resort: nothing ends in a traceback
        from modellock.cli.defects import told

        return terminal.fail(told(fault, verbose=terminal.verbose))


def stop_on_sigterm() -> None:
    """From now on SIGTERM raises Terminated; before, it ends the process at once."""
    import signal

    def stop(number: int, frame: object) -> None:
        del number, frame
        raise Terminated

    signal.signal(signal.SIGTERM, stop)


def _run(invocation: Invocation) -> Answer:
    from importlib import import_module

    module = import_module(f"modellock.cli.runs.{invocation.command.lstrip('_')}")
    answer: Answer = module.run(invocation)
    return answer


def _terminal(invocation: Invocation) -> Terminal:
    return Terminal(
        command=invocation.command,
        json=invocation.on("json"),
        events=invocation.text("progress") == "json",
        quiet=invocation.on("quiet"),
        verbose=invocation.on("verbose"),
        colored=colors_wanted(invocation.text("color"), os.environ),
    )


def _stopped(code: int) -> ModellockError:
    error = ModellockError("interrupted" if code == INTERRUPTED else "terminated")
    error.code = "interrupted" if code == INTERRUPTED else "terminated"
    return error
