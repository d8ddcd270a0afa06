from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modellock.decisions.cutoff import cutoff_of, parse_moment
from modellock.documents.manifest import Manifest, parse_manifest
from modellock.documents.project_settings import ProjectSettings

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)
FIXED = datetime(2026, 1, 31, tzinfo=UTC)


def wanting(*, policy: str = "", **settings: Any) -> Manifest:
    manifest = parse_manifest(policy)
    return replace(manifest, settings=ProjectSettings(**settings))


def forbidden() -> datetime:
    raise AssertionError("the clock was read")


def test_without_a_wish_there_is_no_cutoff_and_no_clock_is_read() -> None:
    assert cutoff_of(wanting(), None, forbidden) is None


def test_a_moment_that_is_written_needs_no_clock() -> None:
    cutoff = cutoff_of(wanting(exclude_newer=FIXED), None, forbidden)

    assert cutoff is not None
    assert (cutoff.moment, cutoff.cause) == (FIXED, "settings.exclude-newer")


def test_the_flag_stands_in_place_of_what_models_toml_says() -> None:
    cutoff = cutoff_of(wanting(min_age="3 days"), FIXED, forbidden)

    assert cutoff is not None
    assert (cutoff.moment, cutoff.cause) == (FIXED, "--exclude-newer")


def test_a_minimum_age_counts_back_from_now() -> None:
    cutoff = cutoff_of(wanting(min_age="3 days"), None, lambda: NOW)

    assert cutoff is not None
    assert (cutoff.moment, cutoff.cause) == (
        datetime(2026, 2, 7, 12, tzinfo=UTC),
        "settings.min-age",
    )
    assert cutoff.excess(NOW) == timedelta(days=3)
    assert cutoff.excess(cutoff.moment) is None
    assert cutoff.excess(None) is None


@pytest.mark.parametrize(
    ("settings", "flag", "cause"),
    [
        ({}, None, "policy.min-age"),
        ({"min_age": "3 days"}, None, "policy.min-age"),
        ({"min_age": "2 weeks"}, None, "settings.min-age"),
        ({"exclude_newer": FIXED}, None, "settings.exclude-newer"),
        ({}, NOW, "policy.min-age"),
        ({}, FIXED, "--exclude-newer"),
    ],
)
def test_a_policys_minimum_age_can_be_raised_and_never_lowered(
    settings: dict[str, Any], flag: datetime | None, cause: str
) -> None:
    manifest = wanting(policy='policy.min-age = "1 week"', **settings)

    cutoff = cutoff_of(manifest, flag, lambda: NOW)

    assert cutoff is not None
    assert cutoff.cause == cause


def test_an_age_that_is_longer_than_time_admits_nothing_known() -> None:
    cutoff = cutoff_of(wanting(min_age="999999 weeks"), None, lambda: NOW)

    assert cutoff is not None
    assert cutoff.moment == datetime(1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", NOW),
        ("36 hours", datetime(2026, 2, 9, 0, tzinfo=UTC)),
        ("2026-01-31", FIXED),
        ("2026-01-31T00:00:00Z", FIXED),
        ("2026-01-31T01:00:00+01:00", FIXED),
    ],
)
def test_a_moment_is_a_time_a_date_or_a_duration(text: str, expected: datetime) -> None:
    assert parse_moment(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-01-31T00:00:00", "2026-13-01", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a time such as"):
        parse_moment(text, NOW)
