import pytest

from modellock.values.dates import DIRECTORY_MTIME_NS, mtime_ns_of
from modellock.values.digest import Digest


def beginning(digits: str) -> Digest:
    return Digest("sha256", digits.ljust(64, "0"))


@pytest.mark.parametrize(
    ("digits", "seconds"),
    [
        ("0000000", 978_307_200),  # 2001-01-01T00:00:00Z
        ("0000001", 978_307_202),
        ("00000001", 978_307_200),
        ("fffffff", 1_515_178_110),  # 2018-01-05T18:48:30Z
    ],
)
def test_the_first_seven_digits_count_two_seconds_each(digits: str, seconds: int) -> None:
    assert mtime_ns_of(beginning(digits)) == seconds * 1_000_000_000


def test_directories_have_the_first_of_these_times() -> None:
    assert mtime_ns_of(beginning("0000000")) == DIRECTORY_MTIME_NS
