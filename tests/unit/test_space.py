import hashlib
from collections.abc import Mapping

import pytest

from modellock.decisions.plan import Action, Found, ModelPlan, Plan, Shows, Step
from modellock.decisions.space import Disk, Inflow, Site, Space, space_of, together
from modellock.values.digest import Digest

HOME = Disk(1, "/home/ada/.cache/modellock", 1000)
WORK = Disk(2, "/work", 1000)
NOTHING = Found(Shows.NOTHING)


def digest(name: str) -> Digest:
    return Digest("sha256", hashlib.sha256(name.encode()).hexdigest())


def step(name: str, size: int, action: Action = Action.PLACE, found: Found = NOTHING) -> Step:
    shown = None if action is Action.WITHDRAW else digest(name)
    return Step(f"models/m/{name}", action, shown, size, found)


def model(*steps: Step, name: str = "m") -> ModelPlan:
    return ModelPlan(name=name, directory=f"models/{name}", steps=steps)


def space(
    *models: ModelPlan,
    missing: Mapping[str, int] | None = None,
    fetched: Mapping[str, int] | None = None,
    adopted: Mapping[str, int] | None = None,
    begun: int = 0,
    store: Disk = HOME,
    site: Site | None = None,
) -> Space:
    lacking = {digest(name): size for name, size in (missing or {}).items()}
    asked = lacking if fetched is None else {digest(name): n for name, n in fetched.items()}
    return space_of(
        Plan(models=models),
        Inflow(
            missing=lacking,
            fetched=asked,
            adopted={digest(name): n for name, n in (adopted or {}).items()},
            begun=begun,
        ),
        store=store,
        sites={one.name: site or Site(store, copied=False) for one in models},
    )


def peaks(told: Space) -> list[tuple[str, int]]:
    return [(peak.disk.where, peak.needed) for peak in told.peaks]


def test_what_is_linked_costs_nothing_beside_what_is_fetched() -> None:
    told = space(model(step("a", 100), step("b", 50)), missing={"a": 100})

    assert (told.needed, told.in_store, told.fetch, told.place) == (150, 50, 100, 0)
    assert peaks(told) == [("/home/ada/.cache/modellock", 100)]


def test_what_other_programs_have_takes_what_it_takes_here_and_is_not_fetched() -> None:
    told = space(
        model(step("a", 100), step("b", 50), step("c", 30)),
        missing={"a": 100, "b": 50, "c": 30},
        fetched={"c": 30},
        adopted={"a": 0, "b": 50},
    )

    assert (told.needed, told.in_store, told.adopt, told.fetch) == (180, 0, 150, 30)
    assert peaks(told) == [("/home/ada/.cache/modellock", 80)]


def test_where_everything_is_here_and_linked_nothing_is_taken() -> None:
    told = space(model(step("a", 100)))

    assert peaks(told) == []
    assert told.shortage() is None


def test_copies_on_the_disk_of_the_store_are_beside_what_is_fetched() -> None:
    told = space(model(step("a", 100)), missing={"a": 100}, site=Site(HOME, copied=True))

    assert told.place == 100
    assert peaks(told) == [("/home/ada/.cache/modellock", 200)]


def test_copies_on_another_disk_are_counted_there() -> None:
    told = space(model(step("a", 100)), missing={"a": 100}, site=Site(WORK, copied=True))

    assert peaks(told) == [("/home/ada/.cache/modellock", 100), ("/work", 100)]


def test_a_switch_has_old_and_new_at_once() -> None:
    old = Found(Shows.FILE, size=80)
    told = space(model(step("a", 100, Action.REPLACE, old)), site=Site(WORK, copied=True))

    assert peaks(told) == [("/work", 100)]


def test_what_one_model_gives_up_the_next_may_use() -> None:
    old = Found(Shows.FILE, size=80)
    one = model(step("a", 100, Action.REPLACE, old), name="one")
    two = model(step("b", 100), name="two")

    assert peaks(space(one, two, site=Site(WORK, copied=True))) == [("/work", 120)]


def test_an_edited_file_that_is_kept_frees_nothing() -> None:
    edited = Found(Shows.FILE, size=80)
    one = model(step("a", 100, Action.SET_ASIDE, edited), name="one")
    two = model(step("b", 100), name="two")

    assert peaks(space(one, two, site=Site(WORK, copied=True))) == [("/work", 200)]


def test_an_archive_takes_its_own_size_and_that_of_its_files() -> None:
    told = space(
        model(step("a", 100), step("b", 50)),
        missing={"a": 100, "b": 50},
        fetched={"a.tar.zst": 60},
    )

    assert told.fetch == 60
    assert peaks(told) == [("/home/ada/.cache/modellock", 210)]


def test_what_an_earlier_run_began_is_there_already() -> None:
    told = space(model(step("a", 100)), missing={"a": 100}, begun=30)

    assert told.fetch == 70
    assert peaks(told) == [("/home/ada/.cache/modellock", 70)]


def test_bytes_of_two_models_are_fetched_once_and_copied_twice() -> None:
    one, two = model(step("a", 100), name="one"), model(step("a", 100), name="two")

    told = space(one, two, missing={"a": 100}, site=Site(WORK, copied=True))

    assert (told.needed, told.fetch, told.place) == (100, 100, 200)


def test_a_shortage_names_every_disk_with_its_numbers() -> None:
    told = space(
        model(step("a", 5_200_000)), missing={"a": 5_200_000}, site=Site(WORK, copied=True)
    )

    error = told.shortage()

    assert error is not None
    assert str(error) == (
        "/home/ada/.cache/modellock: not enough space: needed 5.2 MB, free 1.0 kB\n"
        "  /work: not enough space: needed 5.2 MB, free 1.0 kB"
    )
    assert error.hint == (
        "free some there, or use another disk: `modellock sync --store DIR --to DIR`"
    )


@pytest.mark.parametrize("free", [None, 100])
def test_what_fits_exactly_and_what_nobody_knows_is_not_refused(free: int | None) -> None:
    disk = Disk(1, "/home/ada/.cache/modellock", free)

    assert space(model(step("a", 100)), missing={"a": 100}, store=disk).shortage() is None


def test_what_a_layout_makes_takes_space_even_where_files_are_linked() -> None:
    ref = Step("models/hub/m/refs/main", Action.PLACE, digest("ref"), 40, NOTHING, made=True)

    told = space(model(step("a", 100), ref), site=Site(WORK, copied=False))

    assert (told.needed, told.place) == (100, 0)
    assert peaks(told) == [("/work", 40)]


def test_no_second_file_is_counted_of_a_blob_that_is_there() -> None:
    site = Site(WORK, copied=True, there=frozenset([digest("a")]))

    told = space(model(step("a", 100), step("b", 50)), site=site)

    assert (told.place, told.adopt) == (50, 0)
    assert peaks(told) == [("/work", 50)]


def test_what_a_cache_has_is_adopted_where_the_store_lacks_it() -> None:
    site = Site(HOME, copied=False, there=frozenset([digest("a")]))

    told = space(
        model(step("a", 100), step("b", 50)),
        missing={"a": 100, "b": 50},
        fetched={"b": 50},
        site=site,
    )

    assert (told.in_store, told.adopt, told.fetch) == (0, 100, 50)


def test_two_targets_take_what_both_take_on_each_disk() -> None:
    one = space(model(step("a", 100)), missing={"a": 100}, site=Site(WORK, copied=True))
    other = space(model(step("b", 50), step("c", 5)), missing={"b": 50})

    told = together([one, other])

    assert told is not None
    assert (told.needed, told.in_store, told.fetch, told.place) == (155, 5, 150, 100)
    assert peaks(told) == [("/home/ada/.cache/modellock", 150), ("/work", 100)]


def test_no_targets_take_nothing() -> None:
    assert together([]) is None
