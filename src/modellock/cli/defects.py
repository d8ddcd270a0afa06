"""Errors that no module raised on purpose: refused by the system, or a defect of modellock."""

import errno
import os
import traceback

from modellock._version import __version__
from modellock.errors import FileAccessError, ModellockError, NoSpaceError

_FULL = (errno.ENOSPC, errno.EDQUOT)


def told(fault: Exception, *, verbose: bool) -> ModellockError:
    """Any exception as an error that a person can read."""
    return _by_system(fault) if isinstance(fault, OSError) else _defect(fault, verbose=verbose)


def _by_system(error: OSError) -> ModellockError:
    """An OSError that reached the terminal, as an error line with the path that it is about."""
    reason = error.strerror or type(error).__name__
    subject = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None
    message = f"{subject}: {reason}" if subject else reason
    if error.errno in _FULL:
        return NoSpaceError(message, hint="free some space and run the same command again")
    return FileAccessError(message)


def _defect(error: Exception, *, verbose: bool) -> ModellockError:
    """One line that asks for a report.

    Without `verbose` it names the kind and the place of the error alone: its text may hold what
    is nobody's business.
    """
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(last.filename)}:{last.lineno}"
    message = f"modellock {__version__} failed unexpectedly: {type(error).__name__} at {place}"
    hint = "please report this, with what the same command says under `-v`"
    if verbose:
        message += "\n" + "".join(traceback.format_exception(error)).rstrip()
        hint = "please report this"
    defect = ModellockError(message, hint=hint)
    defect.code = "internal"
    return defect
