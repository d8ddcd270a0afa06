"""What the arguments of a call and the variables of the environment ask for together."""

import os
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, TypeVar

from modellock.api.paths import StrPath, path_text
from modellock.cli.options import GLOBAL
from modellock.cli.values import given_by_variable
from modellock.errors import UsageError
from modellock.ports.settings import Settings
from modellock.shell.run_settings import settings_from
from modellock.values.rates import LEAST_RATE
from modellock.values.wording import did_you_mean

Word = TypeVar("Word", bound=StrEnum)

LayoutWord = Literal["plain", "hf-cache", "torch-hub", "whisper", "clip"]


def settings_of(
    store: StrPath | None = None,
    *,
    offline: bool | None = None,
    jobs: int | None = None,
    limit_rate: int | None = None,
) -> Settings:
    """What a call goes by; None leaves it to the variable of the command's flag.

    Raises UsageError.
    """
    given = {
        option.name: given_by_variable(option, os.environ)
        for option in GLOBAL
        if option.name in ("store", "offline")
    }
    named = given["store"]
    if store is None and named is not None:
        store = os.path.expanduser(str(named.value))
    if offline is None and given["offline"] is not None:
        cause: str | None = given["offline"].cause
    else:
        cause = "`offline=True`" if offline else None
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs: {jobs!r} is not a whole number of at least 1")
    if limit_rate is not None and limit_rate < LEAST_RATE:
        raise UsageError(f"limit_rate: {limit_rate!r} is not a rate of at least {LEAST_RATE}")
    return settings_from(
        os.environ,
        store=path_text("store", store),
        offline_cause=cause,
        jobs=jobs,
        limit_rate=limit_rate,
    )


def words(argument: str, values: Sequence[str]) -> tuple[str, ...]:
    """Several names. UsageError for a text alone, whose characters would be taken for names."""
    if isinstance(values, str):
        raise UsageError(f"{argument}: expected several names, received the text {values!r}")
    found = tuple(values)
    for value in found:
        if not isinstance(value, str):
            raise UsageError(f"{argument}: expected names, received {value!r}")
    return found


def word(argument: str, kind: type[Word], value: str | None) -> Word | None:
    """One of an enumeration's words, or none. Raises UsageError for another one."""
    if value is None:
        return None
    known = [one.value for one in kind]
    if value not in known:
        listed = ", ".join(f"`{one}`" for one in known)
        raise UsageError(
            f"{argument}: {value!r} is none of {listed}", hint=did_you_mean(value, known)
        )
    return kind(value)
