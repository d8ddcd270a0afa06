from hypothesis import given
from hypothesis import strategies as st

from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import Lock
from modellock.errors import LockfileError
from tests.golden import golden_lock
from tests.property.strategies import documents, hostile_texts, locks


@given(locks())
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    assert parse_lock(format_lock(lock)) == lock


@given(locks())
def test_a_written_lock_is_utf_8_with_unix_lines_and_no_hidden_character(lock: Lock) -> None:
    text = format_lock(lock)

    assert text.encode().decode() == text
    assert "\r" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert not any(hidden in text for hidden in "\x1b\x7f\x85\u200b\u202e\u2028\ufeff")


def refusal(text: str) -> str:
    """What is said against a lock; empty where nothing is."""
    try:
        parse_lock(text)
    except LockfileError as error:
        return str(error)
    return ""


@given(documents | st.text())
def test_any_text_is_a_lock_or_is_refused_in_one_visible_line(text: str) -> None:
    assert refusal(text).isprintable()


@given(st.data())
def test_any_change_of_a_lock_is_read_or_refused_in_one_visible_line(data: st.DataObject) -> None:
    text = golden_lock(data.draw(st.sampled_from(["hub.lock", "github.lock", "closure.lock"])))
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 20)))
    changed = text[:at] + data.draw(hostile_texts) + text[until:]

    assert refusal(changed).isprintable()
