import pytest

from modellock.values.rates import parse_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("500 KB", 500_000),
        ("500kB", 500_000),
        ("10MB/s", 10_000_000),
        ("10 MB/s", 10_000_000),
        ("1.5M", 1_500_000),
        ("2g", 2_000_000_000),
        ("1 MiB/s", 1_048_576),
        ("64Ki", 65_536),
        ("1000", 1_000),
        ("20000 B", 20_000),
    ],
)
def test_a_rate_is_read_as_people_write_it(text: str, rate: int) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    ["", "fast", "-1M", "1,5M", "10Mb", "10 mbit/s", "1e6", "M", "10MB/h", "\u0665M", "1 0 M"],
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a rate in bytes a second such as"):
        parse_rate(text)


@pytest.mark.parametrize("text", ["0", "0M", "999", "0.5k"])
def test_a_rate_that_nobody_can_mean_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is too slow: expected at least 1 kB a second"):
        parse_rate(text)
