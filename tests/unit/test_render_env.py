"""Variables as text: what is written, and what those make of it who read it."""

import json
import re
from collections.abc import Callable

import pytest

from modellock.cli.options import ENV
from modellock.cli.render_env import _FORMATS, format_variables
from modellock.errors import UsageError
from tests.environment_readers import (
    read_by_compose,
    read_by_dotenv,
    read_by_runner,
    read_by_shell,
)

PLAIN = {"HF_HUB_CACHE": "/srv/app/models/hub", "HF_HUB_OFFLINE": "1"}
ODD = [
    "/a b",
    "/it's",
    '/say "hi"',
    "/$HOME",
    "/$(id)`id`",
    "/a # b",
    "/C:\\Users\\ada",
    "/é\u2028\x85",
    "/\ttab ",
    "/two\nlines",
    "/~:~ab",
    "/a!b*c?",
]


READERS: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "dash": ("sh", read_by_shell("sh")),
    "bash": ("sh", read_by_shell("bash")),
    "dotenv": ("dotenv", read_by_dotenv),
    "compose": ("compose", read_by_compose),
    "github": ("github", read_by_runner),
    "json": ("json", lambda text: str(json.loads(text)["V"])),
}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("sh", "export HF_HUB_CACHE=/srv/app/models/hub\nexport HF_HUB_OFFLINE=1"),
        ("dotenv", "HF_HUB_CACHE=/srv/app/models/hub\nHF_HUB_OFFLINE=1"),
        ("dockerfile", "ENV HF_HUB_CACHE=/srv/app/models/hub\nENV HF_HUB_OFFLINE=1"),
        (
            "compose",
            'environment:\n  HF_HUB_CACHE: "/srv/app/models/hub"\n  HF_HUB_OFFLINE: "1"',
        ),
        ("github", "HF_HUB_CACHE=/srv/app/models/hub\nHF_HUB_OFFLINE=1"),
        ("json", '{\n  "HF_HUB_CACHE": "/srv/app/models/hub",\n  "HF_HUB_OFFLINE": "1"\n}'),
    ],
)
def test_a_plain_path_needs_no_quotes(form: str, text: str) -> None:
    assert format_variables(PLAIN, form) == text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("sh", r"""export V='/a $b "c" \d it'\''s'"""),
        ("dotenv", r"""V='/a $b "c" \d it\'s'"""),
        ("dockerfile", r'''ENV V="/a \$b \"c\" \\d it's"'''),
        ("compose", "environment:\n" + r'''  V: "/a $$b \"c\" \\d it's"'''),
        ("github", r"""V=/a $b "c" \d it's"""),
        ("json", '{\n  "V": "/a $b \\"c\\" \\\\d it\'s"\n}'),
    ],
)
def test_a_path_with_everything_in_it_is_quoted_for_its_reader(form: str, text: str) -> None:
    assert format_variables({"V": r"""/a $b "c" \d it's"""}, form) == text


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("reader", READERS)
def test_every_value_arrives_as_it_is(reader: str, value: str) -> None:
    form, read = READERS[reader]

    assert read(format_variables({"V": value}, form)) == value


def test_a_value_of_lines_ends_with_one_that_nobody_can_know() -> None:
    one, other = (format_variables({"V": "/a\nb"}, "github") for _ in range(2))

    assert re.fullmatch(r"V<<end_([0-9a-f]{32})\n/a\nb\nend_\1", one)
    assert one != other


@pytest.mark.parametrize(
    ("form", "value", "problem"),
    [
        ("dotenv", "/a${HOME}", "has `${`, `\\\\`, `\\'` or a carriage return in it"),
        ("dotenv", "/a\\", "has `${`, `\\\\`, `\\'` or a carriage return in it"),
        ("dotenv", "\\\\server\\share", "has `${`, `\\\\`, `\\'` or a carriage return in it"),
        ("dockerfile", "/a\nRUN id", "has a line break in it"),
        ("sh", "/\udcff", "is not UTF-8"),
        ("json", "/\udcff", "is not UTF-8"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(form: str, value: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        format_variables({"V": value}, form)

    assert str(caught.value) == f"--format {form}: cannot hold V: its value {problem}"


def test_no_variables_are_no_lines() -> None:
    texts = {form: format_variables({}, form) for form in _FORMATS}

    assert texts == {
        "sh": "",
        "dotenv": "",
        "dockerfile": "",
        "compose": "environment: {}",
        "github": "",
        "json": "{}",
    }


def test_every_format_that_can_be_asked_for_can_be_written() -> None:
    assert ENV[0].choices == tuple(_FORMATS)
