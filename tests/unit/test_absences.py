from dataclasses import replace
from typing import Any

import pytest

from modellock.decisions.absences import absences
from modellock.decisions.narrowing import Narrowing, narrow
from tests.unit.specs import lock_of, locked_of

TEXT = replace(locked_of('hub = "a/text"\ngroups = ["text"]'), name="text")
VISION = replace(locked_of('hub = "a/vision"\ngroups = ["vision"]'), name="vision")
PLAIN = replace(locked_of('hub = "a/plain"'), name="plain")
WINDOWS = replace(
    locked_of('hub = "a/windows"\nmarker = "sys_platform == \'win32\'"'), name="windows"
)
LOCK = lock_of(PLAIN, TEXT, VISION, WINDOWS, default_groups=("text",))


def told(**flags: Any) -> list[str]:
    narrowing = Narrowing(**flags)
    selected = {model.name for model in narrow(LOCK, narrowing, lambda _: False)}
    return list(absences(LOCK, narrowing, selected, lambda _: False))


def test_a_marker_and_the_default_groups_are_reasons() -> None:
    assert told() == [
        "vision: left out, since its group vision is not among `default-groups` (text)",
        "windows: left out, since its marker `sys_platform == 'win32'` does not hold here",
    ]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (
            {"groups": ("vision",)},
            "text: left out, since its group text is not asked for",
        ),
        (
            {"only_groups": ("text",)},
            "plain: left out, since it has no group, and `--only-group` wants one",
        ),
        (
            {"no_groups": ("text",)},
            "text: left out, since `--no-group` names its group text",
        ),
        ({"models": ("text",)}, "plain: left out, since only text was asked for"),
    ],
)
def test_flags_are_reasons(flags: dict[str, Any], expected: str) -> None:
    assert expected in told(**flags)


def test_what_nobody_selected_requires_is_left_out() -> None:
    base = replace(
        locked_of('hub = "a/base"'), name="a/base", revision="main", required_by=("vision",)
    )
    lock = lock_of(base, TEXT, VISION, default_groups=("text",))

    assert next(absences(lock, Narrowing(), {"text"})) == (
        "a/base: left out, since nothing that is selected requires it"
    )
