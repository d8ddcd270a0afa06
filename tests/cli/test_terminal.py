import json

import pytest

from modellock.cli.answer import Answer
from modellock.cli.exits import exit_code
from modellock.cli.terminal import Terminal, colors_wanted
from modellock.errors import (
    GatedError,
    ManifestError,
    MismatchError,
    ModellockError,
    NotFoundError,
    SeveralErrors,
    StaleLockError,
    UsageError,
)

Captured = pytest.CaptureFixture[str]


def test_an_error_is_told_with_its_further_lines_and_its_hint(capsys: Captured) -> None:
    error = StaleLockError(
        'models.lock does not match models.toml\n  phi-4: not in models.lock\nbge-m3: "a", "b"',
        hint="run `modellock lock` and commit models.lock",
    )

    code = Terminal().fail(error)

    assert code == 1
    assert capsys.readouterr().err == (
        "error: models.lock does not match models.toml\n"
        "  phi-4: not in models.lock\n"
        '  bge-m3: "a", "b"\n'
        "hint: run `modellock lock` and commit models.lock\n"
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("::error::x", "\\x3a\\x3aerror::x"),
        ("   ::set-output name=a::b", "\\x3a\\x3aset-output name=a::b"),
        ("a\u202eb", "a\\u202eb"),
    ],
)
def test_lines_from_upstream_are_inert(line: str, shown: str, capsys: Captured) -> None:
    Terminal().fail(MismatchError(f"first\n{line}"))

    indent = " " * max(2, len(line) - len(line.lstrip(" ")))
    assert capsys.readouterr().err == f"error: first\n{indent}{shown}\n"


def test_several_failures_are_all_told_and_the_gravest_decides(capsys: Captured) -> None:
    errors = SeveralErrors(
        [NotFoundError("a: one"), MismatchError("b: four"), GatedError("c: three")]
    )

    code = Terminal().fail(errors)

    assert code == 4
    assert capsys.readouterr().err == "error: b: four\nerror: c: three\nerror: a: one\n"


def test_a_failure_is_one_document_that_names_the_gravest_first(capsys: Captured) -> None:
    errors = SeveralErrors(
        [ManifestError("a", model="x"), GatedError("b", hint="accept the terms", model="y")]
    )

    Terminal(command="sync", json=True).fail(errors)

    gated = {"code": "gated", "message": "b", "hint": "accept the terms", "model": "y"}
    manifest = {"code": "invalid-manifest", "message": "a", "hint": None, "model": "x"}
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "command": "sync",
        "ok": False,
        "error": gated,
        "errors": [gated, manifest],
    }


def test_a_document_holds_no_character_that_a_terminal_obeys(capsys: Captured) -> None:
    Terminal(json=True).fail(UsageError("\x1b[31m\u202e\x9b"))

    out = capsys.readouterr().out
    assert "\\u001b[31m\\u202e\\u009b" in out
    assert out.isascii()


def test_a_document_holds_no_command_that_a_runner_obeys(capsys: Captured) -> None:
    Terminal(json=True, events=True).fail(MismatchError("##vso[task.setvariable variable=x]y"))

    captured = capsys.readouterr()
    assert "##" not in captured.out + captured.err
    for document in (json.loads(captured.out)["error"], json.loads(captured.err)):
        assert document["message"] == "##vso[task.setvariable variable=x]y"


def test_with_events_a_failure_is_an_event(capsys: Captured) -> None:
    Terminal(events=True).fail(UsageError("no"))

    assert json.loads(capsys.readouterr().err) == {
        "event": "error",
        "code": "usage",
        "message": "no",
        "hint": None,
        "model": None,
    }


def test_verbose_adds_the_stable_code(capsys: Captured) -> None:
    Terminal(verbose=True).fail(UsageError("no"))

    assert capsys.readouterr().err == "error: no\ncode: usage\n"


def test_quiet_keeps_news_to_itself_and_prints_what_was_asked_for(capsys: Captured) -> None:
    Terminal(quiet=True).answer(Answer({}, "Placed 3 files"))
    Terminal(quiet=True).answer(Answer({}, "/models/minilm", data=True))

    assert capsys.readouterr().out == "/models/minilm\n"


def test_an_answer_of_no_is_a_document_that_is_not_ok(capsys: Captured) -> None:
    code = Terminal(command="status", json=True).answer(Answer({"models": []}, "", code=1))

    assert code == 1
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "command": "status",
        "ok": False,
        "models": [],
    }


def test_labels_have_colors_where_there_are_colors(capsys: Captured) -> None:
    Terminal(colored=True).fail(UsageError("no", hint="yes"))

    assert capsys.readouterr().err == "\x1b[1;31merror:\x1b[0m no\n\x1b[36mhint:\x1b[0m yes\n"


@pytest.mark.parametrize(
    ("choice", "environ", "colored"),
    [
        (None, {}, False),
        (None, {"FORCE_COLOR": "1"}, True),
        (None, {"CLICOLOR_FORCE": "1"}, True),
        (None, {"CLICOLOR_FORCE": "0"}, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
    ],
)
def test_who_wants_colors_gets_them(
    choice: str | None, environ: dict[str, str], *, colored: bool
) -> None:
    assert colors_wanted(choice, environ, looked_at=False) is colored


def test_a_terminal_has_colors_unless_it_is_dumb() -> None:
    assert colors_wanted(None, {}, looked_at=True)
    assert not colors_wanted(None, {"TERM": "dumb"}, looked_at=True)


def test_an_error_of_no_category_is_a_defect() -> None:
    assert exit_code(ModellockError("?")) == 70
