"""The exit codes: one table, from the categories of the error tree to what a shell sees."""

from modellock.errors import (
    CommandNotFoundError,
    DistrustError,
    InputError,
    ModellockError,
    NotExecutableError,
    SeveralErrors,
    TransientError,
    UnmetError,
)

DONE = 0
NO = 1
DISTRUST = 4
INTERNAL = 70
"""A defect of modellock itself; EX_SOFTWARE of sysexits.h."""

INTERRUPTED = 130
TERMINATED = 143
"""128 and the number of the signal, as shells report it."""

CODES: tuple[tuple[type[ModellockError], int], ...] = (
    (DistrustError, DISTRUST),
    (TransientError, 3),
    (InputError, 2),
    (UnmetError, NO),
    (NotExecutableError, 126),
    (CommandNotFoundError, 127),
)
"""The gravest first; the last two are what shells end with."""


def exit_code(error: ModellockError) -> int:
    """What the process ends with; of several failures the gravest counts."""
    if isinstance(error, SeveralErrors):
        return max(exit_code(each) for each in error.errors)
    return next((code for category, code in CODES if isinstance(error, category)), INTERNAL)


def gravest_first(error: ModellockError) -> tuple[ModellockError, ...]:
    """The failures that an error stands for, the gravest first."""
    if not isinstance(error, SeveralErrors):
        return (error,)
    flat = [each for part in error.errors for each in gravest_first(part)]
    return tuple(sorted(flat, key=exit_code, reverse=True))
