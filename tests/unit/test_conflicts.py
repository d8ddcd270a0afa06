import pytest

from modellock.documents.conflicts import Sides, conflict_marker, sides_of

CONFLICT = "a\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> feature/x\nz\n"


def test_the_first_marker_is_found_by_its_line() -> None:
    assert conflict_marker(CONFLICT) == 2
    assert conflict_marker("a\n=======\n") is None


def test_both_sides_are_whole_texts() -> None:
    assert sides_of(CONFLICT) == Sides(
        ours="a\nours\nz\n", theirs="a\ntheirs\nz\n", ours_label="HEAD", theirs_label="feature/x"
    )


def test_what_diff3_shows_of_the_ancestor_belongs_to_no_side() -> None:
    text = "<<<<<<< HEAD\nours\n||||||| 1a2b3c\nbase\n=======\ntheirs\n>>>>>>> x\n"

    sides = sides_of(text)

    assert (sides.ours, sides.theirs) == ("ours\n", "theirs\n")


def test_a_side_may_be_empty_and_lines_may_end_as_on_windows() -> None:
    text = "<<<<<<< Updated upstream\r\n=======\r\nx\r\n>>>>>>> Stashed changes\r\n"

    sides = sides_of(text)

    assert (sides.ours, sides.theirs) == ("", "x\r\n")
    assert (sides.ours_label, sides.theirs_label) == ("Updated upstream", "Stashed changes")


def test_equal_signs_outside_of_a_conflict_are_text() -> None:
    assert sides_of("=======\n" + CONFLICT).ours == "=======\na\nours\nz\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<<<<<<< a\n<<<<<<< b\n", "line 2 is a conflict marker where none can be"),
        (">>>>>>> a\n", "line 1 is a conflict marker where none can be"),
        ("<<<<<<< a\nx\n>>>>>>> b\n", "line 3 is a conflict marker where none can be"),
        ("<<<<<<< a\nx\n=======\ny\n", "the last conflict has no end"),
    ],
)
def test_markers_that_are_no_whole_conflict_are_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        sides_of(text)
