import os.path
import unicodedata
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from modellock.values.origins import parse_ref
from modellock.values.paths import (
    check_together,
    fold,
    parse_locked_name,
    parse_model_name,
    parse_path,
)
from tests.property.strategies import hostile_texts, livable, paths


def accepted(parse: Callable[[str], str], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


@given(hostile_texts | st.text())
@example("a/../../b")
@example("\\..\\..\\x")
def test_a_path_never_leaves_its_root(text: str) -> None:
    if accepted(parse_path, text):
        joined = os.path.normpath(os.path.join("/root/of/all", text))

        assert joined == f"/root/of/all/{text}"


@given(hostile_texts | st.text())
def test_a_path_shows_no_control_character_and_is_in_normal_form(text: str) -> None:
    if accepted(parse_path, text):
        assert unicodedata.is_normalized("NFC", text)
        assert not any(unicodedata.category(one) in ("Cc", "Cs") for one in text)
        assert not any(unicodedata.bidirectional(one) in BIDIRECTIONAL for one in text)


BIDIRECTIONAL = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


@given(hostile_texts | st.text())
def test_the_name_of_a_locked_model_and_a_branch_never_leave_their_root(text: str) -> None:
    for parse in (parse_model_name, parse_locked_name, parse_ref):
        if accepted(parse, text):
            assert os.path.normpath(os.path.join("/root", text)) == f"/root/{text}"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_and_normal_form_do_not_count(text: str) -> None:
    assert fold(text) == fold(text.swapcase()) or text.swapcase().swapcase() != text
    assert fold(text) == fold(unicodedata.normalize("NFD", text))


@given(st.lists(paths, max_size=6))
def test_paths_that_live_together_can_all_be_files(chosen: list[str]) -> None:
    check_together(livable(chosen))
