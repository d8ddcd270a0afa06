import tomllib

from hypothesis import given
from hypothesis import strategies as st

from modellock.documents.manifest import parse_manifest
from modellock.errors import InputError
from modellock.values.tables import bare_or_quoted, quoted
from tests.property.strategies import documents, hostile_texts


def refusal(text: str) -> str:
    """What is said against a manifest; empty where nothing is."""
    try:
        parse_manifest(text)
    except InputError as error:
        return str(error)
    return ""


@given(documents | st.text())
def test_any_text_is_a_manifest_or_is_refused_in_one_visible_line(text: str) -> None:
    assert refusal(text).isprintable()


@given(st.text() | hostile_texts)
def test_a_written_string_is_read_back(text: str) -> None:
    if "\ud800" not in text:
        assert tomllib.loads(f"{bare_or_quoted(text)} = {quoted(text)}") == {text: text}
