"""The moment up to which `lock` looks: what is newer is passed over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modellock.documents.manifest import Manifest
from modellock.documents.project_settings import ProjectSettings
from modellock.values.durations import parse_duration

FLAG = "--exclude-newer"
_DAWN = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """Nothing newer than a moment is chosen."""

    moment: datetime
    """In UTC; what is of this very moment is old enough."""

    cause: str
    """The flag or key that asked for it, for messages."""

    def excess(self, published: datetime | None) -> timedelta | None:
        """By how much something is too young; None where it is old enough, or has no time."""
        if published is None or published <= self.moment:
            return None
        return published - self.moment


def cutoff_of(
    manifest: Manifest, exclude_newer: datetime | None, clock: Callable[[], datetime]
) -> Cutoff | None:
    """What holds for a run: the flag, else what the settings say, but never less than the policy.

    The clock is read for `min-age` alone.
    """
    wished = _wished(manifest.settings, exclude_newer, clock)
    if manifest.policy is None or manifest.policy.min_age is None:
        return wished
    demanded = Cutoff(moment=_before(clock(), manifest.policy.min_age), cause="policy.min-age")
    if wished is None or demanded.moment < wished.moment:
        return demanded
    return wished


def _wished(
    settings: ProjectSettings, exclude_newer: datetime | None, clock: Callable[[], datetime]
) -> Cutoff | None:
    if exclude_newer is not None:
        return Cutoff(moment=exclude_newer, cause=FLAG)
    if settings.exclude_newer is not None:
        return Cutoff(moment=settings.exclude_newer, cause="settings.exclude-newer")
    if settings.min_age is not None:
        return Cutoff(moment=_before(clock(), settings.min_age), cause="settings.min-age")
    return None


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a time with its zone, a date (its first moment in UTC), or a duration before `now`.

    ValueError for anything else.
    """
    try:
        return _before(now, text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        if len(text) <= len("2026-01-31"):
            moment = moment.replace(tzinfo=UTC)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(
        f"{text!r} is neither a time such as `2026-01-31T00:00:00Z` or `2026-01-31` "
        "nor a duration such as `3 days`"
    )


def _before(now: datetime, duration: str) -> datetime:
    try:
        return now - timedelta(seconds=parse_duration(duration))
    except OverflowError:
        return _DAWN
