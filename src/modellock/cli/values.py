"""The text of a flag or a variable, made into its value or refused by its name."""

from collections.abc import Callable, Mapping

from modellock.cli.invocation import Given, Value
from modellock.cli.options import DURATION, MANY, NUMBER, RATE, SIZE, SWITCH, Option, variable_of
from modellock.errors import UsageError

ON = ("1", "true", "yes", "on")
_OFF = ("0", "false", "no", "off")
_MOST_DIGITS = 9


def given_by_flag(option: Option, raw: object) -> Given:
    """What a flag on the command line says. Raises UsageError."""
    if option.kind == SWITCH:
        return Given(True, option.flag)
    if isinstance(raw, list):
        texts = tuple(_not_empty(option.flag, str(text)) for text in raw)
        return Given(texts, option.flag)
    return Given(_value(option, option.flag, _not_empty(option.flag, str(raw))), option.flag)


def given_by_variable(option: Option, environ: Mapping[str, str]) -> Given | None:
    """What the environment says of a flag; an empty variable says nothing. Raises UsageError."""
    variable = variable_of(option)
    text = environ.get(variable, "").strip() if variable else ""
    if not variable or not text:
        return None
    if option.kind == SWITCH and text.lower() in _OFF:
        return None
    return Given(_value(option, variable, text), variable, by_variable=True)


def _value(option: Option, cause: str, text: str) -> Value:
    if option.kind == SWITCH:
        if text.lower() not in ON:
            on, off = (", ".join(f"`{word}`" for word in words) for words in (ON, _OFF))
            raise UsageError(f"{cause}: {text!r} is neither on ({on}) nor off ({off})")
        return True
    if option.kind == MANY:
        return tuple(filter(None, (part.strip() for part in text.split(","))))
    if option.kind == NUMBER:
        return _number(cause, text)
    if option.kind in (RATE, SIZE, DURATION):
        return _quantity(option.kind, cause, text)
    if option.choices and text not in option.choices:
        known = ", ".join(f"`{choice}`" for choice in option.choices)
        raise UsageError(f"{cause}: {text!r} is none of {known}")
    return text


def _number(cause: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and text.strip("0")):
        raise UsageError(f"{cause}: {text!r} is not a whole number of at least 1")
    # int() itself fails over thousands of digits.
    if len(text) > _MOST_DIGITS:
        raise UsageError(f"{cause}: {text!r} is too large: expected at most {'9' * _MOST_DIGITS}")
    return int(text)


def _quantity(kind: str, cause: str, text: str) -> int:
    try:
        return _reader_of(kind)(text)
    except ValueError as fault:
        raise UsageError(f"{cause}: {fault}") from fault


def _reader_of(kind: str) -> Callable[[str], int]:
    """What reads a number with a unit; loaded by the few commands that take one."""
    if kind == RATE:
        from modellock.values.rates import parse_rate as read
    elif kind == SIZE:
        from modellock.values.sizes import parse_size as read
    else:
        from modellock.values.durations import parse_duration as read
    return read


def _not_empty(cause: str, text: str) -> str:
    if not text:
        raise UsageError(f"{cause}: its value is empty")
    return text
