import pytest

from modellock.decisions.ranges import (
    Part,
    fault_of_part,
    part_of,
    range_headers,
    says_it_has_ranges,
    strong_etag,
)


def test_a_part_is_asked_for_by_its_first_and_last_byte() -> None:
    assert range_headers((0, 1000), None) == {"Range": "bytes=0-999"}
    assert range_headers((10, 20), '"a"') == {"Range": "bytes=10-19", "If-Range": '"a"'}


@pytest.mark.parametrize(
    ("text", "etag"),
    [
        ('"abc"', '"abc"'),
        ('W/"abc"', None),
        ("abc", None),
        ('""', None),
        ("", None),
        ('"\x1b"', None),
    ],
)
def test_only_a_strong_etag_names_bytes(text: str, etag: str | None) -> None:
    assert strong_etag({"etag": text}) == etag


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("bytes 0-9/10", Part(start=0, end=10, whole=10)),
        ("bytes 5-9/*", Part(start=5, end=10, whole=None)),
        ("bytes */10", None),
        ("bytes 0-9", None),
        ("items 0-9/10", None),
        ("bytes 0-9/10, 20-29/30", None),
        ("", None),
    ],
)
def test_a_content_range_is_read_or_is_none(text: str, part: Part | None) -> None:
    assert part_of({"content-range": text}) == part


def fault(content_range: str, length: int | None = 10, status: int = 206) -> str | None:
    """What is wrong with a reply to a request for bytes 10-19 of 100."""
    return fault_of_part((10, 20), 100, status, {"content-range": content_range}, length)


@pytest.mark.parametrize(
    ("content_range", "length"),
    [("bytes 10-19/100", 10), ("bytes 10-19/*", None), ("bytes 10-14/100", 5)],
)
def test_the_part_or_its_beginning_is_what_was_asked_for(
    content_range: str, length: int | None
) -> None:
    assert fault(content_range, length) is None


@pytest.mark.parametrize(
    ("content_range", "length"),
    [
        ("bytes 0-9/100", 10),
        ("bytes 11-20/100", 10),
        ("bytes 9-19/100", 11),
        ("bytes 10-20/100", 11),
        ("bytes 10-19/101", 10),
        ("bytes 10-9/100", 0),
        ("bytes 10-19/100", 9),
    ],
)
def test_any_other_part_is_told_in_numbers(content_range: str, length: int | None) -> None:
    assert (
        fault(content_range, length) == f"expected bytes 10-19 of 100, received '{content_range}'"
    )


def test_what_is_no_part_at_all_is_told_in_words() -> None:
    assert fault("", status=200) == "expected bytes 10-19 of 100, received a whole file"
    assert fault("", status=416) == "expected bytes 10-19 of 100, received a refusal of that range"
    assert fault("") == "expected bytes 10-19 of 100, received 'something else'"


def test_a_server_that_sent_a_part_or_says_so_has_ranges() -> None:
    assert says_it_has_ranges(206, {})
    assert says_it_has_ranges(200, {"accept-ranges": "bytes"})
    assert not says_it_has_ranges(200, {"accept-ranges": "none"})
    assert not says_it_has_ranges(200, {})
