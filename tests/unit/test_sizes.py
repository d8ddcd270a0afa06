import pytest

from modellock.values.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("512", 512),
        ("500 kB", 500_000),
        ("20GB", 20_000_000_000),
        ("1.5 TB", 1_500_000_000_000),
        ("2 GiB", 2_147_483_648),
        (" 1M ", 1_000_000),
    ],
)
def test_a_size_is_read_in_bytes(text: str, expected: int) -> None:
    assert parse_size(text) == expected


@pytest.mark.parametrize("text", ["", "GB", "-1", "10 Gb", "1e3", "10 MB/s", "ten", "1,5 GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size such as `500 MB`"):
        parse_size(text)
