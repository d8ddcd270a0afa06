import tomllib

import pytest

from modellock.documents.manifest import Spec
from modellock.documents.placements import (
    check_placements,
    layout_of,
    placement_below,
    placement_of,
)
from modellock.documents.project_settings import Layout, ProjectSettings, parse_settings
from modellock.values.origins import Kind
from modellock.values.tables import Table, TableError

PLAIN = ProjectSettings()
CACHED = ProjectSettings(path="weights", layout=Layout.HF_CACHE)


def spec(
    name: str,
    *,
    kind: Kind = Kind.HUB,
    path: str | None = None,
    layout: Layout | None = None,
    rename: tuple[tuple[str, str], ...] = (),
) -> Spec:
    return Spec(name=name, kind=kind, origin="a/b", path=path, layout=layout, rename=rename)


def check(settings: ProjectSettings, *specs: Spec) -> None:
    placed = {one.name: one for one in specs}
    check_placements(Table({name: {} for name in placed}, ("models",)), settings, placed)


def refusal(settings: ProjectSettings, *specs: Spec) -> str:
    with pytest.raises(TableError) as caught:
        check(settings, *specs)
    return str(caught.value)


def test_a_model_is_placed_below_the_path_of_the_settings() -> None:
    assert placement_of(spec("m"), PLAIN) == "models/m"
    assert placement_below(spec("m"), PLAIN) == "m"


def test_a_path_of_its_own_is_taken_below_the_project_or_the_target() -> None:
    assert placement_of(spec("m", path="x/y"), PLAIN) == "x/y"
    assert placement_below(spec("m", path="x/y"), PLAIN) == "x/y"


def test_hub_caches_share_one_root() -> None:
    assert placement_of(spec("m"), CACHED) == "weights/hub"
    assert placement_below(spec("m"), CACHED) == "hub"
    assert placement_of(spec("m", path="cache"), CACHED) == "cache"


def test_a_layout_of_its_own_beats_the_settings() -> None:
    assert layout_of(spec("m", layout=Layout.PLAIN), CACHED) is Layout.PLAIN
    assert layout_of(spec("m"), CACHED) is Layout.HF_CACHE


def test_placements_side_by_side_are_fine() -> None:
    check(PLAIN, spec("a"), spec("b"), spec("c", path="models/a.b"), spec("d", path="m"))
    check(CACHED, spec("a"), spec("b"), spec("c", path="weights/hub"))


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (
            [spec("a"), spec("b", path="models/a")],
            "models.b.path is refused: 'models/a' is also where `a` is placed",
        ),
        (
            [spec("a"), spec("A")],
            "models.A.path is refused: 'models/A' is also where `a` is placed",
        ),
        (
            [spec("a"), spec("b", path="MODELS/A/x")],
            "models.b.path is refused: 'MODELS/A/x' lies inside of `a`'s directory",
        ),
        (
            [spec("a", path="models/b/c/d"), spec("b")],
            "models.a.path is refused: 'models/b/c/d' lies inside of `b`'s directory",
        ),
        (
            [spec("hub"), spec("b", layout=Layout.HF_CACHE)],
            "models.b.path is refused: 'models/hub' is also where `hub` is placed",
        ),
        (
            [spec("a", layout=Layout.HF_CACHE, path="x"), spec("b", path="x/models--a--b")],
            "models.b.path is refused: 'x/models--a--b' lies inside of `a`'s directory",
        ),
        (
            [spec("a", path=".modellock")],
            "models.a.path is refused: '.modellock' is a name that modellock needs for itself",
        ),
        (
            [spec("a", path="Models.Lock/x")],
            "models.a.path is refused: 'Models.Lock/x' is a name that modellock needs for itself",
        ),
        (
            [spec("a", path=".git/hooks")],
            "models.a.path is refused: '.git/hooks' is not a safe relative path: it has git's own",
        ),
    ],
)
def test_placements_are_refused(specs: list[Spec], message: str) -> None:
    assert refusal(PLAIN, *specs).startswith(message)


def test_hf_cache_is_a_layout_of_hub_models_wherever_it_was_written() -> None:
    message = "is refused: `hf-cache` is a layout of Hub models, and this is a `url` model"

    explicit = refusal(PLAIN, spec("a", kind=Kind.URL, layout=Layout.HF_CACHE))
    inherited = refusal(CACHED, spec("a", kind=Kind.URL))

    assert explicit == inherited == f"models.a.layout {message}"
    check(CACHED, spec("a", kind=Kind.URL, layout=Layout.PLAIN))


def test_rename_is_no_key_of_a_hubs_cache() -> None:
    renamed = spec("a", rename=(("x", "y"),))

    assert refusal(CACHED, renamed) == (
        "models.a.rename is refused: `hf-cache` keeps upstream's names, and this model has `rename`"
    )
    check(PLAIN, renamed)


def test_the_state_of_placements_is_never_inside_of_one() -> None:
    settings = parse_settings(Table(tomllib.loads('path = ".modellock"')))

    assert "needs for itself" in refusal(settings, spec("a"))


@pytest.mark.parametrize("path", [".modellock-staged", ".Modellock", "a/.modellock-0f/b"])
def test_stages_and_the_state_are_no_place_for_models(path: str) -> None:
    assert refusal(PLAIN, spec("m", path=path)) == (
        f"models.m.path is refused: {path!r} is a name that modellock needs for itself"
    )
