from dataclasses import replace

import pytest

from modellock.decisions.layouts import ARRANGEMENTS
from modellock.decisions.variables import refuse_shared_variables, variables_of
from modellock.decisions.wanted import root_of
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import Layout, ProjectSettings
from modellock.errors import VariableConflictError
from modellock.shell.unchanged import rooted
from modellock.values.variables import ON, SWITCHES, is_directory, variable_of_model
from tests.unit.specs import COMMIT, locked_of

SETTINGS = ProjectSettings()


def told(*models: LockedModel, below: bool = False) -> dict[str, str]:
    return variables_of(models, SETTINGS, lambda model: root_of(model, SETTINGS, below=below))


def named(name: str, layout: str = "plain", **known: object) -> LockedModel:
    model = replace(locked_of('hub = "acme/base"'), name=name, layout=Layout(layout))
    return replace(model, **known)  # type: ignore[arg-type]


def test_a_plain_model_has_a_variable_with_its_directory() -> None:
    assert told(named("minilm")) == {"MODELLOCK_MODEL_MINILM": "models/minilm"}


def test_a_cache_is_told_with_its_root_and_read_without_a_request() -> None:
    assert told(named("base", "hf-cache")) == {
        "HF_HUB_CACHE": "models/hub",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "MODELLOCK_MODEL_BASE": f"models/hub/models--acme--base/snapshots/{COMMIT}",
    }


def test_checkpoints_of_torch_are_told_with_their_root() -> None:
    variables = told(named("resnet", "torch-hub"))

    assert variables == {
        "TORCH_HOME": "models/torch",
        "MODELLOCK_MODEL_RESNET": "models/torch/hub/checkpoints",
    }


def test_below_another_directory_a_path_has_no_part_of_the_settings() -> None:
    variables = told(named("minilm"), below=True)

    assert variables == {"MODELLOCK_MODEL_MINILM": "minilm"}


def test_a_model_that_another_one_requires_brings_its_cache_and_no_variable_of_its_own() -> None:
    required = named("acme/code", "hf-cache", revision="main", required_by=("m",))

    variables = told(required)

    assert sorted(variables) == ["HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]


def test_two_roots_for_one_variable_are_refused() -> None:
    here, there = named("a", "hf-cache"), named("b", "hf-cache", path="other/cache")

    with pytest.raises(VariableConflictError) as caught:
        told(here, there)

    assert str(caught.value) == (
        "HF_HUB_CACHE: can lead to one directory alone: "
        "expected 'models/hub' of a, received 'other/cache' of b"
    )


@pytest.mark.parametrize(("one", "other"), [("bge-m3", "bge.m3"), ("MiniLM", "minilm")])
def test_two_names_that_make_one_variable_are_refused(one: str, other: str) -> None:
    with pytest.raises(VariableConflictError, match=f"of two models, {one} and {other}$"):
        refuse_shared_variables([named(one), named(other)])


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("minilm", "MODELLOCK_MODEL_MINILM"),
        ("bge-m3", "MODELLOCK_MODEL_BGE_M3"),
        ("Phi-3.5_mini", "MODELLOCK_MODEL_PHI_3_5_MINI"),
        ("straße٣", "MODELLOCK_MODEL_STRA_E_"),
        ("a=b\nPATH", "MODELLOCK_MODEL_A_B_PATH"),
    ],
)
def test_a_name_becomes_part_of_a_variable_letter_by_letter(name: str, variable: str) -> None:
    assert variable_of_model(name) == variable
    assert is_directory(variable)


@pytest.mark.parametrize("layout", Layout)
def test_what_a_layout_sets_is_known_to_whoever_reads_a_note_of_it(layout: Layout) -> None:
    for name, value in ARRANGEMENTS[layout].variables("root").items():
        assert (name in SWITCHES and value == ON) or (is_directory(name) and value == "root")


def test_noted_paths_become_absolute_and_switches_stay() -> None:
    noted = {
        "": {"TORCH_HOME": "models/torch"},
        "/cache": {"HF_HUB_CACHE": ".", "HF_HUB_OFFLINE": "1", "MODELLOCK_MODEL_M": "models--m"},
    }

    assert rooted(noted, "/srv/app") == {
        "TORCH_HOME": "/srv/app/models/torch",
        "HF_HUB_CACHE": "/cache",
        "HF_HUB_OFFLINE": "1",
        "MODELLOCK_MODEL_M": "/cache/models--m",
    }


def test_in_a_cache_that_is_shared_its_directory_is_the_root() -> None:
    variables = variables_of([named("base", "hf-cache")], SETTINGS, lambda _model: ".")

    assert variables["HF_HUB_CACHE"] == "."
    assert variables["MODELLOCK_MODEL_BASE"] == f"models--acme--base/snapshots/{COMMIT}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATH", "bin"),
        ("LD_PRELOAD", "models/m/evil.so"),
        ("HF_HOME", "models"),
        ("HF_HUB_OFFLINE", "0"),
        ("HF_HUB_OFFLINE", "models/m"),
        ("HF_HUB_CACHE", "/elsewhere"),
        ("HF_HUB_CACHE", "../elsewhere"),
        ("HF_HUB_CACHE", "models/../../elsewhere"),
        ("HF_HUB_CACHE", ""),
        ("HF_HUB_CACHE", "models//hub"),
        ("MODELLOCK_MODEL_", "models/m"),
        ("MODELLOCK_MODEL_m", "models/m"),
        ("MODELLOCK_MODEL_M=1\nPATH", "models/m"),
        ("MODELLOCK_MODEL_É", "models/m"),
    ],
)
def test_a_note_that_no_sync_wrote_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="is no variable that a sync notes"):
        rooted({"": {name: value}}, "/srv/app")
