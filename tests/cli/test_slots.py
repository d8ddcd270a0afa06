import pytest

from modellock.cli.readings import Condition, FileReading
from modellock.cli.slots import Slots, fitted


def flying(subject: str, size: int | None = 10**9, age: float = 5.0) -> FileReading:
    return FileReading(
        subject=subject,
        received=0,
        size=size,
        rate=0,
        age=age,
        condition=Condition.ARRIVING,
        seconds=0,
        checked=0,
        resumed=0,
    )


def names(shown: list[tuple[FileReading, bool]]) -> list[str]:
    return [file.subject if is_flying else f"({file.subject})" for file, is_flying in shown]


def test_a_file_keeps_its_line_and_the_next_one_gets_a_free_one() -> None:
    slots = Slots()
    a, b, c, d = map(flying, "abcd")

    first = slots.fill([a, b, c], 8, now=0)
    gone = slots.fill([a, c], 8, now=1)
    replaced = slots.fill([a, c, d], 8, now=2)

    assert names(first) == ["a", "b", "c"]
    assert names(gone) == ["a", "(b)", "c"]
    assert names(replaced) == ["a", "d", "c"]


def test_a_line_that_nobody_takes_is_gone_in_a_moment() -> None:
    slots = Slots()
    a, b = map(flying, "ab")
    slots.fill([a, b], 8, now=0)

    assert names(slots.fill([b], 8, now=1)) == ["(a)", "b"]
    assert names(slots.fill([b], 8, now=3)) == ["b"]


def test_there_are_no_more_lines_than_fit() -> None:
    slots = Slots()
    files = [flying(str(number)) for number in range(20)]

    assert len(slots.fill(files, 8, now=0)) == 8
    assert names(slots.fill(files, 3, now=1)) == ["0", "1", "2"]


def test_only_what_is_large_and_takes_time_gets_a_line() -> None:
    files = [
        flying("small", size=1_000_000),
        flying("new", age=0.9),
        flying("unknown", size=None),
        flying("large", size=1_000_001),
    ]

    assert names(Slots().fill(files, 8, now=0)) == ["unknown", "large"]


@pytest.mark.parametrize(
    ("subject", "width", "shown"),
    [
        ("phi/model.bin", 13, "phi/model.bin"),
        ("phi/model-00002-of-00005.bin", 20, "phi/…00002-of-00005…"),
        ("deepseek-r1-distill-llama/model-00002-of-00005.bin", 24, "deepsee…/…0002-of-00005…"),
        ("phi/model-00002-of-00005.safetensors", 25, "phi/model-00002-of-00005…"),
        ("weights-of-a-model-without-end", 10, "we…"),
        ("deepseek-r1/model-00002-of-00005.bin", 3, "…/…"),
    ],
)
def test_of_a_long_subject_the_model_and_the_end_are_shown(
    subject: str, width: int, shown: str
) -> None:
    assert fitted(subject, width) == shown
