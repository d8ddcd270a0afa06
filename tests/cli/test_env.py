import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.world import closure_lock, declare, declare_local
from tests.transcript import Shell

CACHED = '[settings]\nlayout = "hf-cache"\n[models.minilm]\nhub = "acme/minilm"\n'


@pytest.fixture
def locked(modellock: Command) -> Command:
    """A project with two local models that were never placed."""
    declare_local(modellock)
    declare_local(modellock, "bge-m3")
    modellock.lock()
    return modellock


def test_each_model_has_a_variable_though_nothing_is_placed(locked: Command) -> None:
    ended = locked.run("env")

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"export MODELLOCK_MODEL_BGE_M3={locked.folder}/models/bge-m3\n"
        f"export MODELLOCK_MODEL_SMALL={locked.folder}/models/small\n"
    )


def test_a_cache_of_required_models_is_told_with_its_root(modellock: Command) -> None:
    (modellock.folder / "models.lock").write_text(closure_lock())

    variables = json.loads(modellock.run("env", "--format", "json").stdout)

    assert variables["HF_HUB_CACHE"] == f"{modellock.folder}/models/hub"
    assert variables["HF_HUB_OFFLINE"] == variables["TRANSFORMERS_OFFLINE"] == "1"
    assert [name for name in variables if "NOMIC_AI" in name] == []


def test_flags_narrow_the_models_and_move_them(locked: Command) -> None:
    ended = locked.run("env", "--model", "small", "--to", "/opt/models", "--format", "dockerfile")

    assert ended.stdout == "ENV MODELLOCK_MODEL_SMALL=/opt/models/small\n"


def test_a_layout_for_all_models_moves_those_that_it_can_hold(modellock: Command) -> None:
    (modellock.folder / "models.lock").write_text(closure_lock())

    ended = modellock.run("env", "--layout", "hf-cache", "--to", "/m", "--format", "json")

    assert "/m/hub/models--" in json.loads(ended.stdout)["MODELLOCK_MODEL_EMBED"]


def test_a_cache_that_others_use_too_is_told_for_the_models_in_it(modellock: Command) -> None:
    (modellock.folder / "models.lock").write_text(closure_lock())

    variables = json.loads(
        modellock.run("env", "--shared-cache", "/cache", "--format", "json").stdout
    )

    assert variables["HF_HUB_CACHE"] == "/cache"
    assert variables["MODELLOCK_MODEL_EMBED"] == f"{modellock.folder}/models/embed"


def test_a_directory_is_taken_from_where_the_project_is_looked_for(locked: Command) -> None:
    ended = locked.run("env", "--directory", "..", "--to", "x", "--directory", str(locked.folder))

    assert f"MODELLOCK_MODEL_SMALL={locked.folder}/x/small\n" in ended.stdout


def test_variables_of_flags_hold_as_for_sync(locked: Command) -> None:
    ended = locked.run("env", MODELLOCK_TO="/m", MODELLOCK_MODEL="small")

    assert ended.stdout == "export MODELLOCK_MODEL_SMALL=/m/small\n"


@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [
        ("MODELLOCK_MODEL", "large", "'large' is not a model of models.lock"),
        ("MODELLOCK_GROUP", "text", "'text' is not a group of models.lock"),
        ("MODELLOCK_LOCK", "/no-such.lock", "/no-such.lock: not found"),
    ],
)
def test_a_variable_that_leads_to_a_refusal_is_named(
    locked: Command, variable: str, value: str, error: str
) -> None:
    ended = locked.run("env", **{variable: value})

    assert ended.stderr == f"error: {error}\nhint: `unset {variable}` if it is not meant\n"


def test_quiet_leaves_what_was_asked_for(locked: Command) -> None:
    assert locked.run("env", "--quiet").stdout == locked.run("env").stdout


def test_the_document_has_the_variables_whatever_the_format(locked: Command) -> None:
    document = locked.run("env", "--json", "--format", "github").document

    assert document["variables"] == {
        "MODELLOCK_MODEL_BGE_M3": f"{locked.folder}/models/bge-m3",
        "MODELLOCK_MODEL_SMALL": f"{locked.folder}/models/small",
    }


def test_a_shell_has_the_variables_after_eval(locked: Command) -> None:
    shell = Shell(str(locked.folder), locked.environ())

    shell.play('eval "$(modellock env)"')

    assert shell.variables["MODELLOCK_MODEL_SMALL"] == f"{locked.folder}/models/small"


def test_a_directory_of_any_name_arrives_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s $HOME\n"a" b'
    folder.mkdir()
    modellock = Command(folder, tmp_path)
    declare_local(modellock)
    modellock.run("lock")
    shell = Shell(str(folder), modellock.environ())

    shell.play('eval "$(modellock env)"')

    assert shell.variables["MODELLOCK_MODEL_SMALL"] == f"{folder}/models/small"


@pytest.mark.skipif(sys.platform != "linux", reason="a name that is not UTF-8")
def test_a_directory_that_is_no_text_is_refused_with_another_way(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    modellock = Command(folder, tmp_path)
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("env")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "error: --format sh: cannot hold MODELLOCK_MODEL_SMALL: its value is not UTF-8\n"
        "hint: `modellock run -- CMD` sets every value as it is\n"
    )
    there = modellock.run("run", "--", "sh", "-c", 'test -f "$MODELLOCK_MODEL_SMALL/weights.bin"')
    assert there.code == 0


@pytest.mark.slow
def test_names_that_make_one_variable_are_refused_until_one_is_chosen(locked: Command) -> None:
    declare_local(locked, "bge_m3")
    locked.run("lock")

    ended = locked.run("env")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "error: MODELLOCK_MODEL_BGE_M3: would be the variable of two models, bge-m3 and bge_m3\n"
        "hint: rename one in models.toml, or choose between them with `--model`\n"
    )
    assert locked.run("env", "--json").document["error"]["code"] == "variable-conflict"
    assert locked.run("env", "--model", "bge_m3").code == 0


def test_without_a_lock_there_is_nothing_to_tell(modellock: Command) -> None:
    declare(modellock, CACHED)

    ended = modellock.run("env")

    assert (ended.code, ended.stdout) == (1, "")
    assert "models.lock: not found" in ended.stderr


def test_a_lock_that_models_toml_has_outgrown_still_says_where_models_are(locked: Command) -> None:
    declare_local(locked, "third")

    assert locked.run("env").code == 0


def test_variables_written_for_a_runner_hold_for_its_next_steps(locked: Command) -> None:
    file = locked.folder / "github_env"
    command = f"modellock env --format github >> {file}"
    subprocess.run(["sh", "-c", command], cwd=locked.folder, env=locked.environ(), check=True)

    assert file.read_text().splitlines() == [
        f"MODELLOCK_MODEL_BGE_M3={locked.folder}/models/bge-m3",
        f"MODELLOCK_MODEL_SMALL={locked.folder}/models/small",
    ]
