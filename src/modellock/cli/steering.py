"""Variables that steer a command, named where what they say is refused.

Who typed a flag sees it; a variable may have been set by somebody else.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from modellock.cli.invocation import Invocation
from modellock.cli.options import Option
from modellock.cli.values import given_by_variable
from modellock.errors import MissingLockError, UnknownNameError, UnsupportedError, UsageError

_STEERING = (
    "group", "only_group", "no_group", "model", "to", "shared_cache", "layout", "link_mode",
    "no_store", "lock",
)  # fmt: skip
"""Flags that say what is wanted and where."""


@contextmanager
def variables_named(invocation: Invocation) -> Iterator[None]:
    """Name the variables behind a refusal that has no better hint."""
    try:
        yield
    except (UnknownNameError, UnsupportedError, UsageError, MissingLockError) as error:
        given = [invocation.given[name] for name in _STEERING if name in invocation.given]
        variables = " ".join(one.cause for one in given if one.by_variable)
        if variables and error.hint is None:
            error.hint = _unset(variables)
        elif variables and error.hint is not None and error.hint.endswith("?"):
            error.hint += f" Or `unset {variables}`"
        raise


def refuse_variables(options: Iterable[Option], environ: Mapping[str, str], command: str) -> None:
    """Raise UsageError for a variable of flags that `command` lacks.

    Whoever set it expects what it stands for.
    """
    for option in options:
        given = given_by_variable(option, environ)
        if given is not None:
            raise UsageError(
                f"{given.cause}: `modellock {command}` has no `{option.flag}`",
                hint=_unset(given.cause),
            )


def _unset(variables: str) -> str:
    return f"`unset {variables}` if it is not meant"
