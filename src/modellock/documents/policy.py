"""The `[policy]` table: what a project refuses to lock."""

from dataclasses import dataclass

from modellock.values.durations import parse_duration
from modellock.values.tables import Table

_RULES = ("formats", "licenses", "owners", "remote-code", "max-size", "min-age")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is allowed, and what is denied; denial wins."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleException:
    """A rule that does not hold for one model, and why."""

    model: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a project refuses to lock."""

    formats: Rule
    licenses: Rule
    owners: Rule
    remote_code: str | None
    max_size: str | int | None
    min_age: str | None
    exceptions: tuple[RuleException, ...]


def parse_policy(table: Table) -> Policy:
    """Read a `[policy]` table; TableError with the dotted key."""
    table.refuse_unknown((*_RULES, "exceptions"))
    remote_code = table.string("remote-code")
    if remote_code not in (None, "pin", "deny"):
        raise table.fail(f"is refused: {remote_code!r} is not `pin` or `deny`", "remote-code")
    min_age = table.string("min-age")
    if min_age is not None:
        table.check("min-age", parse_duration, min_age)
    max_size = table.content.get("max-size")
    return Policy(
        formats=_rule(table.table("formats")),
        licenses=_rule(table.table("licenses")),
        owners=_rule(table.table("owners")),
        remote_code=remote_code,
        max_size=table.integer("max-size")
        if isinstance(max_size, int)
        else table.string("max-size"),
        min_age=min_age,
        exceptions=tuple(_exception(entry) for entry in table.tables("exceptions")),
    )


def _rule(table: Table) -> Rule:
    table.refuse_unknown(("allow", "deny"))
    return Rule(allow=table.strings("allow"), deny=table.strings("deny") or ())


def _exception(table: Table) -> RuleException:
    table.refuse_unknown(("model", "rule", "reason"))
    rule = table.required_string("rule")
    if rule not in _RULES:
        raise table.fail(f"is refused: {rule!r} is not a rule of `[policy]`", "rule")
    return RuleException(
        model=table.required_string("model"), rule=rule, reason=table.required_string("reason")
    )
