"""The tables of docs/reference say what the code says."""

import re
from collections.abc import Iterator

from modellock import errors
from modellock.keys import MODEL_KEYS
from modellock.origins import Kind
from modellock.project_settings import SETTINGS_KEYS
from tests.markdown import text_of


def rows(page: str, heading: str) -> list[list[str]]:
    """Cells, without backticks, of the last table below a heading."""
    section = re.split(r"(?m)^#+ ", text_of(page).partition(f"# {heading}\n")[2])[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    start = max(index for index, line in enumerate(table) if line.startswith("|---"))
    return [
        [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
        for line in table[start + 1 :]
    ]


def test_the_manifest_page_lists_each_key_with_its_origins_and_what_a_change_does() -> None:
    listed = [
        (key, kinds, change)
        for key, kinds, _, _, change in rows("docs/reference/manifest.md", "Keys of a model")
    ]

    assert listed == [
        (key.name, ", ".join(kind for kind in Kind if kind in key.kinds), key.on_change)
        for key in MODEL_KEYS
    ]


def test_the_manifest_page_lists_each_setting() -> None:
    listed = [key for key, _, _ in rows("docs/reference/manifest.md", "`[settings]`")]

    assert listed == list(SETTINGS_KEYS)


def test_the_errors_page_lists_each_code_with_its_exit_code() -> None:
    listed = [(code, exit_code) for code, exit_code, _ in rows("docs/reference/errors.md", "Codes")]

    assert listed == list(codes())


def codes() -> Iterator[tuple[str, str]]:
    for exit_code, category in (
        ("1", errors.UnmetError),
        ("2", errors.InputError),
        ("3", errors.TransientError),
        ("4", errors.DistrustError),
    ):
        for error in descendants(category):
            yield error.code, exit_code


def descendants(category: type[errors.ModellockError]) -> Iterator[type[errors.ModellockError]]:
    """All subclasses, in the order in which they are written."""
    for error in category.__subclasses__():
        yield error
        yield from descendants(error)
