"""Errors that no module raised on purpose: refused by the system, or a defect of modellock."""

import os
import traceback

from modellock._version import __version__
from modellock.errors import FileAccessError, ModellockError, NoSpaceError
from modellock.shell.disk import disk_error, says_full


def told(fault: Exception, *, verbose: bool) -> ModellockError:
    """Any exception as an error that a person can read."""
    return _by_system(fault) if isinstance(fault, OSError) else _defect(fault, verbose=verbose)


def _by_system(fault: OSError) -> ModellockError:
    if isinstance(fault.filename, str | bytes):
        return disk_error(fault, os.fsdecode(fault.filename))
    return (NoSpaceError if says_full(fault) else FileAccessError)(fault.strerror or str(fault))


def _defect(error: Exception, *, verbose: bool) -> ModellockError:
    """One line that asks for a report.

    Without `verbose` it names the kind and the place of the error alone: its text may hold what
    is nobody's business.
    """
    message = f"modellock {__version__} failed unexpectedly: {_kind_and_place(error)}"
    hint = "please report this, with what the same command says under `-v`"
    if verbose:
        message += "\n" + "".join(traceback.format_exception(error)).rstrip()
        hint = "please report this"
    defect = ModellockError(message, hint=hint)
    defect.code = "internal"
    return defect


def _kind_and_place(error: Exception) -> str:
    """The last line of our own code that the error came through."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(package)]
    last = (own or frames)[-1]
    place = os.path.relpath(last.filename, os.path.dirname(package)) if own else last.filename
    return f"{type(error).__name__} at {place}:{last.lineno}"
