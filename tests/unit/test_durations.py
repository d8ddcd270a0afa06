import pytest

from modellock.values.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90 s", 90),
        ("1 minute", 60),
        ("12 hours", 43_200),
        ("1 day", 86_400),
        ("3 days", 259_200),
        ("2 weeks", 1_209_600),
        ("2w", 1_209_600),
        ("0 days", 0),
    ],
)
def test_a_duration_is_read_in_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "days",
        "-1 days",
        "1.5 days",
        "3 months",
        "3 Days",
        "3 days ",
        "1 day 2 hours",
        "٣ days",
        "3\n days",
        "9999999999 days",
        "9" * 5000 + " days",
    ],
)
def test_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as"):
        parse_duration(text)
