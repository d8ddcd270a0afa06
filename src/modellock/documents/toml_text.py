"""TOML parsed, with one kind of refusal for all that can be wrong with its text."""

import tomllib
from typing import Any

from modellock.values.tables import TableError
from modellock.values.wording import visible


def load_toml(text: str) -> dict[str, Any]:
    """Parse TOML. Raises TableError that says where it is none."""
    if text.startswith("\ufeff"):
        raise TableError(
            (),
            "is not TOML: it begins with a byte order mark",
            hint="save it as UTF-8 without a byte order mark",
        )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TableError((), "is not TOML that can be read: nested too deeply") from error
    except ValueError as error:
        # TOMLDecodeError, but also int()'s own refusal of 5,000 digits.
        raise TableError((), f"is not TOML: {visible(str(error))}") from error
