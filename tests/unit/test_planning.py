"""What becomes of a path, for each thing that can be found there."""

from dataclasses import replace

import pytest

from modellock.decisions.plan import Action, Condition, Found, ModelPlan, Plan, Shows, Step
from modellock.decisions.planning import Foreign, WantedFile, WantedModel, plan_sync
from modellock.documents.state import PendingFile, PlacedFile, Target
from modellock.values.digest import Digest, sha256_of_bytes

OLD = sha256_of_bytes(b"old")
NEW = sha256_of_bytes(b"new")
EDITED = sha256_of_bytes(b"edited")
PATH = "models/minilm/config.json"
NOTHING = Found(Shows.NOTHING)


def file_with(digest: Digest | None, *, inode: int = 7) -> Found:
    return Found(Shows.FILE, 3, 1000, inode, digest, 1)


def placed(digest: Digest, model: str = "minilm") -> PlacedFile:
    return PlacedFile(model, digest, 3, 1000, 7, 1)


def minilm(*paths: str, digest: Digest = NEW) -> WantedModel:
    files = tuple(WantedFile(path, digest, 3) for path in paths or (PATH,))
    return WantedModel(name="minilm", directory="models/minilm", files=files)


def actions(plan: Plan) -> dict[str, Action]:
    return {step.path: step.action for model in plan.models for step in model.steps}


def action_for(found: Found, target: Target, foreign: Foreign = Foreign.KEEP) -> Action:
    return actions(plan_sync([minilm()], target, {PATH: found}, foreign=foreign))[PATH]


@pytest.mark.parametrize(
    ("found", "known", "action"),
    [
        (NOTHING, None, Action.PLACE),
        (NOTHING, OLD, Action.PLACE),
        (file_with(NEW), NEW, Action.IN_PLACE),
        (file_with(NEW, inode=8), NEW, Action.TAKE_OVER),
        (file_with(NEW), OLD, Action.TAKE_OVER),
        (file_with(NEW), None, Action.TAKE_OVER),
        (file_with(OLD), OLD, Action.REPLACE),
        (file_with(EDITED), OLD, Action.SET_ASIDE),
        (file_with(None), OLD, Action.SET_ASIDE),
        (file_with(EDITED), None, Action.OBSTRUCTED),
        (Found(Shows.LINK), None, Action.OBSTRUCTED),
        (Found(Shows.LINK), OLD, Action.SET_ASIDE),
        (Found(Shows.LINK, ours=True), None, Action.REPLACE),
        (Found(Shows.OTHER), None, Action.OBSTRUCTED),
        (Found(Shows.DIRECTORY), None, Action.OBSTRUCTED),
        (Found(Shows.DIRECTORY), OLD, Action.OBSTRUCTED),
        (Found(Shows.BLOCKED), OLD, Action.OBSTRUCTED),
    ],
)
def test_a_wanted_path(found: Found, known: Digest | None, action: Action) -> None:
    target = Target({} if known is None else {PATH: placed(known)})

    assert action_for(found, target) is action


@pytest.mark.parametrize(
    ("found", "action"),
    [
        (file_with(EDITED), Action.OVERWRITE),
        (Found(Shows.LINK), Action.OVERWRITE),
        (Found(Shows.OTHER), Action.OVERWRITE),
        (Found(Shows.DIRECTORY), Action.OBSTRUCTED),
        (Found(Shows.BLOCKED), Action.OBSTRUCTED),
    ],
)
def test_a_wanted_path_whose_foreign_file_is_given_up(found: Found, action: Action) -> None:
    assert action_for(found, Target(), Foreign.REPLACE) is action


def test_an_edited_file_is_set_aside_even_where_foreign_ones_are_given_up() -> None:
    target = Target({PATH: placed(OLD)})

    assert action_for(file_with(EDITED), target, Foreign.REPLACE) is Action.SET_ASIDE


def test_what_an_interrupted_switch_was_to_show_is_ours() -> None:
    target = Target({}, pending={PATH: PendingFile("minilm", OLD, 3)})

    assert action_for(file_with(OLD), target) is Action.REPLACE


@pytest.mark.parametrize(
    ("found", "action"),
    [
        (file_with(OLD), Action.WITHDRAW),
        (file_with(OLD, inode=8), Action.WITHDRAW),
        (file_with(EDITED), Action.LEAVE),
        (NOTHING, Action.LEAVE),
        (Found(Shows.DIRECTORY), Action.LEAVE),
    ],
)
def test_a_path_that_is_no_longer_wanted(found: Found, action: Action) -> None:
    plan = plan_sync([], Target({PATH: placed(OLD)}), {PATH: found})

    assert actions(plan) == {PATH: action}
    assert plan.models[0].condition is Condition.SURPLUS


def test_what_an_interrupted_switch_added_is_withdrawn_when_no_longer_wanted() -> None:
    target = Target({}, pending={PATH: PendingFile("minilm", NEW, 3)})

    assert actions(plan_sync([], target, {PATH: file_with(NEW)})) == {PATH: Action.WITHDRAW}


def test_nothing_outside_of_a_selection_is_withdrawn() -> None:
    target = Target({PATH: placed(OLD), "models/other/a": placed(OLD, "other")})

    plan = plan_sync([], target, {PATH: file_with(OLD)}, withdrawn_from=frozenset(["minilm"]))

    assert actions(plan) == {PATH: Action.WITHDRAW}


def test_a_file_of_a_renamed_model_stays_where_the_new_name_wants_it() -> None:
    target = Target({PATH: placed(NEW, "former-name")})

    plan = plan_sync([minilm()], target, {PATH: file_with(NEW)})

    assert actions(plan) == {PATH: Action.IN_PLACE}


def test_what_lies_in_a_wanted_models_directory_leaves_with_that_model() -> None:
    gone = "models/minilm/old.bin"
    target = Target({gone: placed(OLD, "former-name")})

    (model,) = plan_sync([minilm()], target, {PATH: NOTHING, gone: file_with(OLD)}).models

    assert model.name == "minilm"
    assert model.condition is Condition.OLD


def test_a_model_that_moves_leaves_its_old_directory() -> None:
    target = Target({"weights/config.json": placed(NEW)})
    found = {PATH: NOTHING, "weights/config.json": file_with(NEW)}

    assert actions(plan_sync([minilm()], target, found)) == {
        PATH: Action.PLACE,
        "weights/config.json": Action.WITHDRAW,
    }


A, B, C = (f"models/minilm/{name}" for name in "abc")


@pytest.mark.parametrize(
    ("found", "condition"),
    [
        ({A: file_with(NEW), B: file_with(NEW)}, Condition.PLACED),
        ({A: file_with(NEW), B: NOTHING}, Condition.MISSING),
        ({A: file_with(OLD), B: file_with(OLD)}, Condition.OLD),
        ({A: file_with(OLD), B: NOTHING}, Condition.OLD),
        ({A: file_with(NEW), B: file_with(EDITED)}, Condition.MODIFIED),
        ({A: file_with(NEW), B: Found(Shows.DIRECTORY)}, Condition.MODIFIED),
    ],
)
def test_how_a_model_stands(found: dict[str, Found], condition: Condition) -> None:
    target = Target({A: placed(OLD), B: placed(OLD)})

    (model,) = plan_sync([minilm(A, B)], target, found).models

    assert model.condition is condition


def test_old_and_new_after_an_interrupted_switch_are_mixed() -> None:
    pending = {path: PendingFile("minilm", NEW, 3) for path in (A, B)}
    target = Target({A: placed(OLD), B: placed(OLD)}, pending=pending)

    (model,) = plan_sync([minilm(A, B)], target, {A: file_with(NEW), B: file_with(OLD)}).models

    assert model.condition is Condition.MIXED


def test_a_switch_that_was_interrupted_before_it_showed_anything_is_not_mixed() -> None:
    pending = {A: PendingFile("minilm", NEW, 3)}
    target = Target({A: placed(OLD), B: placed(NEW)}, pending=pending)

    (model,) = plan_sync([minilm(A, B)], target, {A: file_with(OLD), B: file_with(NEW)}).models

    assert model.condition is Condition.OLD


def test_each_needed_blob_is_named_once() -> None:
    plan = plan_sync([minilm(A, B, C)], Target(), {A: NOTHING, B: NOTHING, C: file_with(NEW)})

    assert plan.needed() == {NEW: 3}


def test_a_plan_is_done_when_every_path_shows_what_it_shall() -> None:
    right = Step(A, Action.TAKE_OVER, NEW, 3, file_with(NEW))
    gone = Step(B, Action.LEAVE, None, 3, NOTHING)
    wrong = Step(C, Action.OBSTRUCTED, NEW, 3, file_with(EDITED))

    def plan_of(*steps: Step) -> Plan:
        return Plan(models=(ModelPlan(name="minilm", directory="models/minilm", steps=steps),))

    assert plan_of(right, gone).is_done()
    assert not plan_of(right, wrong).is_done()
    assert plan_of(right, wrong).models[0].changes == ()


def below_others(
    found: Found, known: Digest | None, foreign: Foreign = Foreign.KEEP, *, yields: bool = False
) -> Step:
    """What becomes of a path in a place that others write to as well."""
    target = Target({} if known is None else {PATH: placed(known)})
    wanted = WantedModel(
        name="minilm",
        directory="models/minilm",
        files=(WantedFile(PATH, NEW, 3, made=yields, yields=yields),),
    )
    plan = plan_sync([wanted], target, {PATH: found}, foreign=foreign, stays=lambda _: True)
    return plan.models[0].steps[0]


@pytest.mark.parametrize(
    ("found", "known", "foreign", "action"),
    [
        (file_with(NEW), None, Foreign.KEEP, Action.TAKE_OVER),
        (file_with(EDITED), OLD, Foreign.KEEP, Action.OBSTRUCTED),
        (file_with(EDITED), OLD, Foreign.REPLACE, Action.OVERWRITE),
        (file_with(OLD), OLD, Foreign.KEEP, Action.REPLACE),
    ],
)
def test_among_others_an_edit_is_not_ours_to_move(
    found: Found, known: Digest | None, foreign: Foreign, action: Action
) -> None:
    assert below_others(found, known, foreign).action is action


@pytest.mark.parametrize(
    ("found", "known", "action"),
    [
        (NOTHING, None, Action.PLACE),
        (file_with(NEW), None, Action.YIELD),
        (file_with(EDITED), None, Action.YIELD),
        (file_with(NEW), NEW, Action.IN_PLACE),
        (file_with(OLD), OLD, Action.REPLACE),
        (file_with(OLD, inode=8), OLD, Action.YIELD),
        (file_with(EDITED, inode=8), OLD, Action.YIELD),
        (Found(Shows.DIRECTORY), None, Action.YIELD),
        (Found(Shows.BLOCKED), None, Action.YIELD),
    ],
)
def test_a_file_that_yields_is_written_where_nobody_else_has_the_path(
    found: Found, known: Digest | None, action: Action
) -> None:
    step = below_others(found, known, Foreign.REPLACE, yields=True)

    assert step.action is action
    assert (step.digest is None) is (action is Action.YIELD)


def test_a_file_that_yields_and_was_about_to_be_written_is_ours() -> None:
    target = Target(pending={PATH: PendingFile("minilm", NEW, 3)})
    wanted = WantedModel(
        name="minilm", directory="models/minilm", files=(WantedFile(PATH, NEW, 3, yields=True),)
    )

    plan = plan_sync([wanted], target, {PATH: file_with(NEW)}, stays=lambda _: True)

    assert actions(plan) == {PATH: Action.TAKE_OVER}


@pytest.mark.parametrize(
    ("found", "stays", "action"),
    [
        (file_with(OLD), True, Action.RELEASE),
        (file_with(OLD), False, Action.WITHDRAW),
        (file_with(EDITED), False, Action.RELEASE),
        (file_with(OLD, inode=8), False, Action.RELEASE),
        (replace(file_with(OLD), claimed=True), False, Action.RELEASE),
        (NOTHING, False, Action.RELEASE),
    ],
)
def test_what_is_no_longer_wanted_among_others_is_withdrawn_only_where_it_is_ours_alone(
    found: Found, action: Action, *, stays: bool
) -> None:
    target = Target({PATH: placed(OLD)})

    plan = plan_sync([], target, {PATH: found}, stays=lambda _: stays)

    assert actions(plan) == {PATH: action}
    assert plan.is_done() is (action is Action.RELEASE)
