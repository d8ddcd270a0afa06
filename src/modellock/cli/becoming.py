"""The end of `modellock run`: the process becomes another program, or says why it cannot."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress

from modellock.errors import CommandNotFoundError, NotExecutableError, StartError


def become(command: tuple[str, ...], variables: Mapping[str, str]) -> StartError:
    """Replace this process by `command`, with `variables` over the environment that it has.

    Process id, streams and terminal stay as they are. Windows has no such replacement: there the
    command is waited for, and this process ends with its code. Returns only why that cannot be.
    """
    if not command[0]:
        # `execve` has a ValueError for it.
        return _not_found(command[0])
    environ = {**_given(), **variables}
    try:
        if sys.platform == "win32":
            import subprocess

            raise SystemExit(subprocess.call(command, env=environ))  # noqa: S603 - as below
        _stop_ignoring_signals()
        os.execvpe(command[0], command, environ)  # noqa: S606 - what the user asked for
    except OSError as error:
        return _refused(command[0], error, environ)


def _given() -> dict[str, str]:
    """The environment that this process was started with.

    In a container without a locale, Python has set LC_CTYPE for itself (PEP 538).
    """
    environ = dict(os.environ)
    if "LC_CTYPE" in environ:
        # Where there is no /proc, nobody can tell.
        with suppress(OSError), open("/proc/self/environ", "rb") as file:
            if b"\0LC_CTYPE=" not in b"\0" + file.read():
                del environ["LC_CTYPE"]
    return environ


def _stop_ignoring_signals() -> None:
    """Undo what Python ignores from its start, because the next program would ignore it too.

    One that never asked for it would go on writing into a closed pipe. What is handled by a
    function is handled as ever after execve(2).
    """
    import signal

    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def _refused(name: str, error: OSError, environ: Mapping[str, str]) -> StartError:
    """What a shell would end with 127 for, where there is nothing of that name, else with 126."""
    places = [os.path.join(place, name) for place in os.get_exec_path(environ)]
    if not any(map(os.path.exists, [name] if os.path.dirname(name) else places)):
        return _not_found(name)
    # Found all the same, it is a script.
    is_script = isinstance(error, FileNotFoundError)
    problem = "the program in its first line is not there" if is_script else error.strerror
    return NotExecutableError(f"{name!r}: cannot be executed: {problem}")


def _not_found(name: str) -> StartError:
    return CommandNotFoundError(f"{name!r}: no such command")
