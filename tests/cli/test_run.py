import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Command
from tests.cli.world import MINILM, declare, declare_local, settled, upstream
from tests.integration.filesystems import as_root, mounted

SHOW = ("sh", "-c", "echo $MODELLOCK_MODEL_SMALL")


def state_of(modellock: Command) -> Path:
    return modellock.folder / ".modellock" / "state.json"


def claim(modellock: Command, **changes: Any) -> None:
    """Change what the last sync noted, in the very file that it wrote."""
    state = state_of(modellock)
    document = json.loads(state.read_text())
    document["clean"][0].update(changes)
    state.write_text(json.dumps(document))


def fill(path: Path) -> None:
    """Leave no room on the disk that the path is on."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def edited(path: Path) -> Path:
    """The file under `path` with other bytes, as a program that replaces it leaves it."""
    path.unlink()
    path.write_text("other")
    return path


def test_what_is_missing_is_synced_before_the_program_starts(locked: Command) -> None:
    ended = locked.run("run", "--", *SHOW)

    assert ended.code == 0
    assert ended.stdout == f"{locked.folder}/models/small\n"
    assert settled(ended.stderr) == (
        "+ small  1 file placed (1 byte)\n"
        "Synced 1 model, 1 file (1 byte) in TIME; fetched 1 file (1 byte)\n"
    )
    assert (locked.folder / "models" / "small" / "weights.bin").read_text() == "w"


def test_nothing_is_said_where_nothing_was_missing(synced: Command) -> None:
    ended = synced.run("run", "--", *SHOW)

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == f"{synced.folder}/models/small\n"


def test_a_second_run_and_a_sync_find_done_what_a_run_did(locked: Command) -> None:
    locked.run("run", "--", "true")

    assert locked.run("run", "--", *SHOW).stderr == ""
    assert locked.run("sync", "--json").document["unchanged"] is True


@pytest.mark.slow
def test_programs_that_need_different_models_start_in_turn(locked: Command) -> None:
    declare_local(locked, "third")
    locked.run("lock")
    turns = [("--model", "small"), ("--model", "third"), ()]
    for _ in range(2):
        for flags in turns:
            locked.run("run", *flags, "--", "true")

    notes = json.loads(state_of(locked).read_text())["clean"]
    assert [note["models"][""] for note in notes] == [["small"], ["small", "third"], ["third"]]


@pytest.mark.slow
def test_a_rollback_is_no_longer_what_it_was(locked: Command) -> None:
    """What an older lock left in place is not there any more, though its note fits it again."""
    lock, weights = (locked.folder / name for name in ("models.lock", "models/small/weights.bin"))
    flags = ("run", "--frozen", "--", "cat", str(weights))
    older = lock.read_text()
    assert locked.run(*flags).stdout == "w"
    (locked.folder / "origins" / "small" / "weights.bin").write_text("newer")
    locked.run("update", "small")
    assert locked.run(*flags).stdout == "newer"

    lock.write_text(older)

    assert locked.run(*flags).stdout == "w"


def test_an_edited_file_is_replaced_before_the_program_starts(synced: Command) -> None:
    weights = edited(synced.folder / "models" / "small" / "weights.bin")

    ended = synced.run("run", "--", "cat", str(weights))

    assert (ended.code, ended.stdout) == (0, "w")


@pytest.mark.parametrize("flags", [("--quiet",), ("--progress", "json")])
def test_what_was_synced_is_told_only_to_who_wants_to_read_it(
    locked: Command, flags: tuple[str, ...]
) -> None:
    stderr = locked.run("run", *flags, "--", "true").stderr

    assert [line for line in stderr.splitlines() if not line.startswith('{"event": ')] == []


@pytest.mark.slow
def test_the_program_gets_a_hub_cache_and_the_environment_that_was_there(
    modellock: Command,
) -> None:
    declare(modellock, MINILM + 'layout = "hf-cache"\n')
    with upstream() as world:
        world.hub.tokens["hf_of_ada"] = []
        modellock.run("lock", **world.variables)
        inherited = {"HF_TOKEN": "hf_of_ada", "HF_HUB_OFFLINE": "0", "HF_HUB_CACHE": "/elsewhere"}
        ended = modellock.run("run", "-q", "--", "env", "-0", **world.variables, **inherited)

    assert (ended.code, ended.stderr) == (0, "")
    variables = dict(pair.split("=", 1) for pair in ended.stdout.rstrip("\0").split("\0"))
    assert variables["HF_HUB_CACHE"] == f"{modellock.folder}/models/hub"
    assert variables["HF_HUB_OFFLINE"] == variables["TRANSFORMERS_OFFLINE"] == "1"
    assert variables["HF_TOKEN"] == "hf_of_ada"  # noqa: S105 - of the embedded Hub
    assert "HF_HOME" not in variables


def test_a_program_is_led_to_no_cache_in_which_others_move_refs(locked: Command) -> None:
    refused = locked.run("run", "--shared-cache", "/cache", "--", "true")

    assert refused.code == 2
    assert "`--shared-cache` is not a flag of `modellock run`" in refused.stderr


@pytest.mark.parametrize(
    ("variable", "value", "flag"),
    [
        ("MODELLOCK_SHARED_CACHE", "/cache", "--shared-cache"),
        ("MODELLOCK_CHECK", "1", "--check"),
        ("MODELLOCK_DRY_RUN", "yes", "--dry-run"),
    ],
)
def test_a_variable_that_asks_for_what_a_run_does_not_do_is_not_overlooked(
    synced: Command, variable: str, value: str, flag: str
) -> None:
    ended = synced.run("run", "--", "echo", "started", **{variable: value})

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"error: {variable}: `modellock run` has no `{flag}`\n"
        f"hint: `unset {variable}` if it is not meant\n"
    )


def test_variables_that_are_off_ask_for_nothing(synced: Command) -> None:
    off = {"MODELLOCK_CHECK": "0", "MODELLOCK_DRY_RUN": "no", "MODELLOCK_SHARED_CACHE": ""}

    assert synced.run("run", "--", *SHOW, **off).stdout == f"{synced.folder}/models/small\n"


@as_root
@pytest.mark.slow
def test_a_full_disk_keeps_no_program_from_what_is_in_place(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=1m") as disk:
        modellock = Command(disk, tmp_path)
        declare_local(modellock)
        modellock.run("lock")
        modellock.run("sync", "--link-mode", "copy")
        fill(disk / "rest")

        ended = modellock.run("run", "--frozen", "--model", "small", "--", *SHOW)

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == f"{disk}/models/small\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a directory that somebody is in stays there")
@pytest.mark.parametrize("command", ["modellock run -- true", "modellock status"])
def test_a_current_directory_that_is_gone_is_named(modellock: Command, command: str) -> None:
    leave = f'mkdir gone; cd gone; rmdir "$PWD"; exec {command}'
    ended = subprocess.run(
        ["sh", "-c", leave],
        cwd=modellock.folder,
        env=modellock.environ(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr == (
        "error: the current directory: was removed\nhint: `cd` to another one\n"
    )


@pytest.mark.slow
def test_models_that_are_not_selected_stay(synced: Command) -> None:
    declare_local(synced, "third")
    (synced.folder / "models.toml").write_text('[models.third]\nlocal = "origins/third"\n')
    synced.run("lock")

    ended = synced.run("run", "--", "ls", "models")

    assert ended.stdout == "small\nthird\n"
    assert synced.run("run", "--", "ls", "models").stderr == ""
    assert synced.run("sync", "--json").document["unchanged"] is False
    assert sorted(os.listdir(synced.folder / "models")) == ["third"]


def test_flags_select_models_and_place(locked: Command, tmp_path: Path) -> None:
    declare_local(locked, "third")
    locked.run("lock")
    elsewhere = tmp_path / "elsewhere"

    flags = ("--model", "small", "--to", str(elsewhere), "--link-mode", "copy")
    for stderr in ("+ small", ""):
        ended = locked.run("run", *flags, "--", "env")

        assert ended.stderr.startswith(stderr)
        assert f"MODELLOCK_MODEL_SMALL={elsewhere}/small\n" in ended.stdout
        assert "MODELLOCK_MODEL_THIRD" not in ended.stdout
    assert os.listdir(elsewhere) == ["small"]


def test_models_of_one_variable_are_refused_before_anything_is_placed(locked: Command) -> None:
    declare_local(locked, "two-a")
    declare_local(locked, "two_a")
    locked.run("lock")

    ended = locked.run("run", "--", "echo", "started")

    assert (ended.code, ended.stdout) == (2, "")
    assert "MODELLOCK_MODEL_TWO_A: would be the variable of two models" in ended.stderr
    assert not (locked.folder / "models").exists()


@pytest.mark.slow
def test_a_sync_does_not_mind_models_of_one_variable(locked: Command) -> None:
    declare_local(locked, "two-a")
    declare_local(locked, "two_a")
    locked.run("lock")

    assert locked.run("sync").code == 0
    assert locked.run("sync", "--json").document["unchanged"] is True
    assert locked.run("run", "--", "echo", "started").code == 2


def test_the_program_is_not_started_where_the_sync_fails(locked: Command) -> None:
    (locked.folder / "origins" / "small" / "weights.bin").unlink()

    ended = locked.run("run", "--", "echo", "started", MODELLOCK_STORE=str(locked.home / "empty"))

    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.startswith("error: ")


def test_a_stale_lock_is_refused_unless_models_toml_does_not_count(synced: Command) -> None:
    declare_local(synced, "third")

    refused = synced.run("run", "--", "echo", "started")

    assert (refused.code, refused.stdout) == (1, "")
    assert synced.run("run", "--frozen", "--", "echo", "started").stdout == "started\n"


def test_a_failure_before_the_program_starts_is_a_document_with_json(locked: Command) -> None:
    refused = locked.run("run", "--json", "--", "no-such-program")

    assert refused.code == 127
    assert refused.document["error"] == {
        "code": "command-not-found",
        "message": "'no-such-program': no such command",
        "hint": None,
        "model": None,
    }
    assert locked.run("run", "--json", "--", "echo", "started").stdout == "started\n"


def test_without_a_program_the_variables_are_printed(locked: Command) -> None:
    ended = locked.run("run")

    assert ended.code == 0
    assert ended.stdout == f"export MODELLOCK_MODEL_SMALL={locked.folder}/models/small\n"
    assert ended.stderr.startswith("+ small  1 file placed")
    assert (locked.folder / "models" / "small" / "weights.bin").exists()


def test_without_a_program_json_is_a_document(locked: Command) -> None:
    whole, fast = locked.run("run", "--json"), locked.run("run", "--json", "--")

    assert whole.document == fast.document
    assert fast.document["variables"] == {"MODELLOCK_MODEL_SMALL": f"{locked.folder}/models/small"}


@pytest.mark.parametrize(
    "changes",
    [
        {"variables": {"": {"PATH": "models/small"}}},
        {"variables": {"": {"LD_PRELOAD": "models/small/weights.bin"}}},
        {"variables": {"": {"MODELLOCK_MODEL_SMALL": "../elsewhere"}}},
        {"variables": {"": {"MODELLOCK_MODEL_SMALL": "/elsewhere"}}},
        {"variables": {"": {"MODELLOCK_MODEL_SMALL": 1}}},
        {"variables": {"/elsewhere": {"MODELLOCK_MODEL_SMALL": "small"}}},
        {"variables": {"": 1}},
        {"variables": ["PATH"]},
        {"variables": None},
    ],
)
def test_a_note_that_no_sync_wrote_is_not_believed(
    synced: Command, changes: dict[str, object]
) -> None:
    claim(synced, **changes)

    ended = synced.run("run", "--", "env")

    assert f"MODELLOCK_MODEL_SMALL={synced.folder}/models/small\n" in ended.stdout
    assert f"PATH={synced.environ()['PATH']}\n" in ended.stdout
    assert "LD_PRELOAD" not in ended.stdout


def test_a_note_of_an_older_version_is_written_anew(synced: Command) -> None:
    document = json.loads(state_of(synced).read_text())
    del document["clean"][0]["variables"]
    state_of(synced).write_text(json.dumps(document))

    assert synced.run("run", "--", *SHOW).stdout == f"{synced.folder}/models/small\n"
    assert "variables" in json.loads(state_of(synced).read_text())["clean"][0]


def test_a_project_that_moved_has_its_variables_where_it_is(synced: Command) -> None:
    moved = synced.folder.with_name("moved")
    synced.folder.rename(moved)

    ended = Command(moved, synced.home).run("run", "--", *SHOW)

    assert ended.stdout == f"{moved}/models/small\n"
