import io
import json

import dotenv
from hypothesis import given
from hypothesis import strategies as st

from modellock.cli.render_env import format_variables
from modellock.errors import UsageError
from tests.environment_readers import read_by_compose, read_by_runner, read_by_shell

marks = st.sampled_from("\\'\"$`{}#=:~!;&|<>*?()[] \t\n\r")
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
values = st.text(marks | letters).map(lambda text: f"/{text}")


@given(values)
def test_a_shell_reads_what_was_written(value: str) -> None:
    assert read_by_shell("sh")(format_variables({"V": value}, "sh")) == value


@given(values)
def test_compose_runners_and_programs_read_what_was_written(value: str) -> None:
    assert read_by_compose(format_variables({"V": value}, "compose")) == value
    assert read_by_runner(format_variables({"V": value}, "github")) == value
    assert json.loads(format_variables({"V": value}, "json")) == {"V": value}


@given(values)
def test_a_dotenv_file_is_read_as_written_or_refused(value: str) -> None:
    try:
        text = format_variables({"V": value, "NEXT": "1"}, "dotenv")
    except UsageError:
        assert any(odd in value for odd in ("${", "\\\\", "\\'", "\r")) or value[-1] == "\\"
    else:
        assert dotenv.dotenv_values(stream=io.StringIO(text)) == {"V": value, "NEXT": "1"}


@given(values)
def test_a_dockerfile_has_a_line_for_each_variable(value: str) -> None:
    try:
        text = format_variables({"V": value, "NEXT": "1"}, "dockerfile")
    except UsageError:
        assert "\n" in value or "\r" in value
    else:
        assert len(text.split("\n")) == 2
