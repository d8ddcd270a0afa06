"""Moments as the services write them."""

from datetime import UTC, datetime, timedelta

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
"""When the first thing was published, unless a test says otherwise."""

STEP = timedelta(days=1)
"""How much later the next one is."""


def moment(when: datetime | str) -> datetime:
    """`when` in UTC; text is ISO 8601, without an offset it means UTC."""
    parsed = datetime.fromisoformat(when) if isinstance(when, str) else when
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def seconds_text(when: datetime) -> str:
    """As GitHub writes it: `2025-03-06T13:37:44Z`."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds_text(when: datetime) -> str:
    """As the Hub writes it: `2025-03-06T13:37:44.000Z`."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"
