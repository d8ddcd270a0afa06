"""The tables of docs/reference say what the code says."""

import re
from collections.abc import Iterator

import pytest

from modellock import errors
from modellock.cli.exits import CODES
from modellock.cli.options import GLOBAL, SYNC, Option, variable_of
from modellock.decisions import expansion
from modellock.documents import lock_writer, weights
from modellock.documents.keys import COPIED_KEYS, IDENTITY_KEYS, LOCKED_KEYS, MODEL_KEYS
from modellock.documents.project_settings import SETTINGS_KEYS
from modellock.shell import unpacking_engines, unpacking_tar, zip_directory
from modellock.shell.run_settings import ENDPOINT_VARIABLES
from modellock.values.origins import Kind
from tests.markdown import blocks, text_of


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
        for key, kinds, _, _, _, change in rows("docs/reference/manifest.md", "Keys of a model")
    ]

    assert listed == [
        (key.name, ", ".join(kind for kind in Kind if kind in key.kinds), key.on_change)
        for key in MODEL_KEYS
    ]


def test_the_manifest_page_lists_each_setting() -> None:
    listed = [row[0] for row in rows("docs/reference/manifest.md", "`[settings]`")]

    assert listed == list(SETTINGS_KEYS)


def test_the_lockfile_page_lists_each_key_with_its_origins_in_the_order_of_the_writer() -> None:
    kinds_of = {key.name: key.kinds for key in IDENTITY_KEYS + COPIED_KEYS} | dict(LOCKED_KEYS)
    kinds_of["url"] -= {Kind.URL}

    listed = rows("docs/reference/lockfile.md", "Keys of a model")

    assert [(key, kinds) for key, kinds, _ in listed[1:]] == [
        (key, ", ".join(kind for kind in Kind if kind in kinds_of[key]))
        for key in (*lock_writer._ORDER, "size", "tree", "archives", "files")
    ]


def test_the_manifest_page_lists_what_is_refused_so_far() -> None:
    section = text_of("docs/reference/manifest.md").partition("## Not supported yet\n")[2]

    assert [key for key in NOT_SUPPORTED_YET if f"`{key}`" not in section] == []


NOT_SUPPORTED_YET = ("[policy]",)


def test_the_selection_page_lists_how_much_an_archive_may_be() -> None:
    listed = [value for _, value, _ in rows("docs/reference/selection.md", "What is refused")]

    assert listed == [
        f"{expansion.MOST_MEMBERS:,}",
        f"{expansion.LARGEST_EXPANSION >> 40} TiB",
        f"{expansion.MOST_RATIO} to 1",
        f"{unpacking_engines.LARGEST_WINDOW >> 20} MiB",
        f"{unpacking_tar.LARGEST_HEADER >> 10} KiB",
        f"{zip_directory.LARGEST_DIRECTORY >> 20} MiB",
    ]


@pytest.mark.parametrize(
    ("title", "patterns"),
    [
        ("formats", [f"{name:<12} {one}" for name, one in weights._FORMAT_PATTERNS.items()]),
        ("folders of one format", [weights._FORMAT_FOLDER.pattern]),
        (
            "checksums and signatures",
            [weights._CHECKSUMS.pattern, weights._SIGNATURES.pattern],
        ),
    ],
)
def test_the_selection_page_has_the_patterns_of_the_code(title: str, patterns: list[str]) -> None:
    (shown,) = [one.text for one in blocks("docs/reference/selection.md") if one.title == title]

    assert shown.splitlines() == patterns


def test_the_errors_page_lists_each_code_with_its_exit_code() -> None:
    listed = [(code, exit_code) for code, exit_code, _ in rows("docs/reference/errors.md", "Codes")]

    assert listed == list(codes())


@pytest.mark.parametrize(
    ("heading", "options"), [("Flags of every command", GLOBAL), ("Flags of `sync`", SYNC)]
)
def test_the_environment_page_lists_each_flag_that_has_a_variable(
    heading: str, options: tuple[Option, ...]
) -> None:
    listed = [tuple(row) for row in rows("docs/reference/environment.md", heading)]

    assert listed == [(variable_of(option), option.flag) for option in options if not option.later]


def test_the_environment_page_lists_each_endpoint_with_its_variables() -> None:
    listed = [names for names, _ in rows("docs/reference/environment.md", "Endpoints")]

    assert listed == [", else ".join(names) for names in ENDPOINT_VARIABLES.values()]


def codes() -> Iterator[tuple[str, str]]:
    for exit_code, category in (
        ("1", errors.UnmetError),
        ("2", errors.InputError),
        ("3", errors.TransientError),
        ("4", errors.DistrustError),
    ):
        for error in descendants(category):
            yield error.code, exit_code
    for start_error in descendants(errors.StartError):
        yield start_error.code, str(dict(CODES)[start_error])


def descendants(category: type[errors.ModellockError]) -> Iterator[type[errors.ModellockError]]:
    """All subclasses of `modellock.errors`, in the order in which they are written."""
    written = [one for one in category.__subclasses__() if one.__module__ == errors.__name__]
    for error in written:
        yield error
        yield from descendants(error)
