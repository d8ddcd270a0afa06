"""docs/reference/layouts.md says of each layout what the code says."""

from modellock.decisions.layouts import ARRANGEMENTS
from modellock.documents.placements import misfit
from modellock.documents.project_settings import SHARED_ROOTS, Layout
from modellock.values.origins import Kind
from tests.test_reference import rows
from tests.unit.specs import locked_of

PAGE = "docs/reference/layouts.md"
ORIGINS = {
    Kind.HUB: 'hub = "org/name"',
    Kind.GITHUB: 'github = "org/name"',
    Kind.URL: 'url = "https://storage.example/m"',
    Kind.LOCAL: 'local = "../m"',
}


def test_each_layout_is_listed_with_what_it_holds_and_its_root() -> None:
    listed = [(layout, holds, root) for layout, holds, root, _, _ in rows(PAGE, "The layouts")]

    assert listed == [
        (
            layout,
            ", ".join(kind for kind in Kind if misfit(locked_of(ORIGINS[kind]), layout) is None),
            f"<settings.path>/{SHARED_ROOTS.get(layout, 'NAME')}",
        )
        for layout in Layout
    ]


def test_each_layout_is_listed_with_its_directory_and_its_variables() -> None:
    listed = [(directory, names) for _, _, _, directory, names in rows(PAGE, "The layouts")]
    model = locked_of(ORIGINS[Kind.HUB], commit="<commit>")

    assert listed == [
        (
            arrangement.directory("ROOT", model).partition("/")[2] or "the root",
            ", ".join(arrangement.variables("ROOT")),
        )
        for arrangement in ARRANGEMENTS.values()
    ]
