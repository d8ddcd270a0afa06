import pytest

from modellock.values.wording import (
    age_words,
    count_words,
    did_you_mean,
    nearest,
    size_words,
    took_words,
    visible,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("voilà 日本語", "voilà 日本語"),
        ("a::b", "a::b"),
        ("", ""),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("two\nlines", "two\\nlines"),
        ("over\rwritten", "over\\rwritten"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\x9b31m", "\\x9b31m"),
        ("line\u2028end", "line\\u2028end"),
        ("\U000e0001tag", "\\U000e0001tag"),
        ("\ud800", "\\ud800"),
        ("::error::x", "\\x3a\\x3aerror::x"),
        ("  ::error::x", "  \\x3a\\x3aerror::x"),
        ("a ##[add-mask]x", "a \\x23#[add-mask]x"),
        (
            "a ##vso[task.setvariable variable=PATH]x",
            "a \\x23#vso[task.setvariable variable=PATH]x",
        ),
        ("###[error]", "#\\x23#[error]"),
        ("## heading [1]", "## heading [1]"),
    ],
)
def test_text_from_outside_is_made_inert(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (61_200_000_000, "61.2 GB"),
        (10**18, "1000.0 PB"),
    ],
)
def test_a_size_reads_in_thousands(size: int, words: str) -> None:
    assert size_words(size) == words


def test_a_count_knows_its_plural() -> None:
    assert count_words(1, "file") == "1 file"
    assert count_words(0, "file") == "0 files"
    assert count_words(12_345, "file") == "12,345 files"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a minute"),
        (59.9, "under a minute"),
        (60, "1 minute"),
        (7_199, "1 hour"),
        (3 * 86_400, "3 days"),
        (15 * 86_400, "2 weeks"),
        (60 * 86_400, "8 weeks"),
        (61 * 86_400, "2 months"),
        (700 * 86_400, "23 months"),
        (730 * 86_400, "2 years"),
    ],
)
def test_an_age_reads_in_its_largest_unit(seconds: float, words: str) -> None:
    assert age_words(seconds) == words


def test_the_nearest_word_is_probably_meant() -> None:
    assert nearest("revison", ["include", "revision"]) == "revision"
    assert did_you_mean("revison", ["include", "revision"]) == "did you mean `revision`?"


def test_a_far_word_is_not_guessed() -> None:
    assert nearest("colour", ["include", "revision"]) is None
    assert did_you_mean("colour", []) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 ms"),
        (0.0061, "6 ms"),
        (0.9994, "999 ms"),
        (1.24, "1.2 s"),
        (59.9, "59.9 s"),
        (200, "3 minutes"),
    ],
)
def test_a_duration_reads_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert took_words(seconds) == words
