import os
import subprocess
import sys
from pathlib import Path

import pytest

from modellock.testing import Lie
from tests.cli.command import Command
from tests.cli.world import DETECTOR, MINILM, declare, declare_local, settled, upstream


@pytest.fixture
def synced(modellock: Command) -> Command:
    """A project with two local models in place."""
    declare_local(modellock, "large", weights="ww", config="c")
    declare_local(modellock, "small", weights="w")
    modellock.lock()
    modellock.sync()
    return modellock


def test_status_has_a_row_for_each_model(synced: Command) -> None:
    ended = synced.run("status")

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == (
        "large  placed  2 files (3 bytes) in models/large\n"
        "small  placed  1 file (1 byte) in models/small\n"
        "2 models: 2 placed\n"
    )


def test_status_says_no_and_what_to_run(synced: Command) -> None:
    (synced.folder / "models" / "small" / "weights.bin").unlink()
    edited = synced.folder / "models" / "large" / "config.bin"
    edited.unlink()
    edited.write_text("other")

    ended = synced.run("status")

    assert (ended.code, ended.stderr) == (1, "")
    assert ended.stdout == (
        "large  modified  2 files (3 bytes): 1 placed, 1 modified, 2 in the store\n"
        "small  missing   1 file (1 byte): 1 missing, 1 in the store\n"
        "2 models: 1 missing, 1 modified; run `modellock sync`\n"
    )


@pytest.mark.slow
def test_status_tells_files_that_a_layout_adds_from_locked_ones(modellock: Command) -> None:
    declare(modellock, MINILM + 'layout = "hf-cache"\n')
    with upstream() as services:
        modellock.run("lock", **services.variables)
        missing = modellock.run("status")
        modellock.run("sync", **services.variables)
    next(modellock.folder.rglob("refs/main")).unlink()

    modified = modellock.run("status")

    assert missing.stdout.startswith(
        "minilm  missing  7 files (3.1 kB): 7 missing, 6 in the store\n"
    )
    assert modified.stdout.startswith(
        "minilm  missing  7 files (3.1 kB): 7 placed, 1 added file wrong or missing, "
        "7 in the store\n"
    )


def test_what_was_placed_for_another_group_is_no_longer_wanted(synced: Command) -> None:
    lines = "[settings]\ndefault-groups = []\n" + (synced.folder / "models.toml").read_text()
    declare(synced, lines + 'groups = ["extra"]\n')
    synced.run("lock")
    synced.run("sync", "--group", "extra")

    ended = synced.run("status")

    assert ended.code == 1
    assert ended.stdout == (
        "large  placed   2 files (3 bytes) in models/large\n"
        "small  surplus  1 file (1 byte), no longer wanted\n"
        "not selected: small\n"
        "2 models: 1 placed, 1 surplus; run `modellock sync`\n"
    )


def test_status_of_a_stale_lock_says_what_differs(synced: Command) -> None:
    declare_local(synced, "third")

    ended = synced.run("status")

    assert ended.code == 1
    assert ended.stdout.splitlines()[2:] == [
        "models.lock does not match models.toml:",
        "  third: not in models.lock",
        "2 models: 2 placed; run `modellock lock`",
    ]


def test_status_quiet_is_a_health_check(synced: Command) -> None:
    healthy = synced.run("status", "--quiet")
    (synced.folder / "models" / "small" / "weights.bin").unlink()
    ill = synced.run("status", "--quiet")

    assert (healthy.code, healthy.stdout, healthy.stderr) == (0, "", "")
    assert (ill.code, ill.stdout, ill.stderr) == (1, "", "")


def test_the_document_of_status_is_not_ok_when_the_answer_is_no(synced: Command) -> None:
    (synced.folder / "models" / "small" / "weights.bin").unlink()

    ended = synced.run("status", "--json")

    assert (ended.code, ended.document["ok"], ended.document["schema"]) == (1, False, 1)
    assert ended.document["models"][1] == {
        "model": "small",
        "condition": "missing",
        "directory": "models/small",
        "files": 1,
        "size": 1,
        "stored": 1,
        "placed": 0,
        "missing": 1,
        "modified": 0,
        "added": 0,
        "problem": None,
    }


def test_status_without_a_lock_names_the_next_step(modellock: Command) -> None:
    declare_local(modellock)

    ended = modellock.run("status")

    assert ended.code == 1
    assert ended.stderr == (
        f"error: models.lock: not found in {modellock.folder}\n"
        "hint: `modellock lock` writes models.lock\n"
    )


def test_verify_of_what_is_whole_is_done(synced: Command) -> None:
    ended = synced.run("verify")

    assert (ended.code, ended.stderr) == (0, "")
    assert settled(ended.stdout) == (
        "Checked 2 models, 3 files (4 bytes) in TIME; last full hash under a minute ago: whole\n"
    )


def test_verify_names_what_is_missing(synced: Command) -> None:
    missing = synced.folder / "models" / "small" / "weights.bin"
    missing.unlink()

    ended = synced.run("verify", "small")

    assert ended.code == 1
    assert settled(ended.stdout).splitlines()[0] == (
        f"small: {missing} is missing: expected sha256:DIGEST"
    )


def rot(path: Path, text: str) -> None:
    """Change bytes in place; the time stays as it was."""
    before = path.stat()
    path.chmod(0o644)
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_verify_deep_finds_bytes_that_changed_behind_everybodys_back(synced: Command) -> None:
    rot(synced.folder / "models" / "large" / "weights.bin", "xx")

    shallow = synced.run("verify")
    deep = synced.run("verify", "--deep")

    assert shallow.code == 0
    assert deep.code == 4
    assert settled(deep.stdout).startswith("large: ")
    assert "is damaged: expected sha256:" in deep.stdout


def test_verify_repair_says_what_was_wrong_and_that_it_is_mended(synced: Command) -> None:
    weights = synced.folder / "models" / "small" / "weights.bin"
    rot(weights, "x")

    ended = synced.run("verify", "--repair")

    assert ended.code == 0
    placed, stored, kept, done = settled(ended.stdout).splitlines()
    assert placed == f"small: {weights} is damaged: expected sha256:DIGEST, received sha256:DIGEST"
    assert "/v1/damaged/" in stored
    assert kept == f"Kept an edited file as {weights}.edited"
    assert done == (
        "Hashed 2 models, 3 files (4 bytes) in TIME: repaired 2 faults, "
        "fetched what was damaged of 1 file"
    )
    assert weights.read_text() == "w"
    assert synced.run("verify", "--deep").code == 0


def test_the_document_of_a_repair_has_these_keys(synced: Command) -> None:
    rot(synced.folder / "models" / "small" / "weights.bin", "x")

    document = synced.run("verify", "--repair", "--json").document

    assert (document["whole"], document["repaired"]) == (True, True)
    assert [fault["trouble"] for fault in document["faults"]] == ["damaged", "damaged"]
    assert document["fetched"] == ["small/weights.bin"]
    assert document["kept"] == [str(synced.folder / "models/small/weights.bin.edited")]


def test_a_repair_that_lacks_something_names_it_and_what_was_wrong(modellock: Command) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        modellock.run("sync", **world.variables)
    config = modellock.folder / "models/minilm/config.json"
    rot(config, config.read_text().swapcase())

    ended = modellock.run("verify", "--repair", "--offline")

    assert ended.code == 3
    assert "config.json is damaged: expected sha256:" in ended.stderr
    assert "error: minilm: 1 file (" in ended.stderr
    assert ") not in the store, and --offline turns the network off" in ended.stderr
    assert modellock.run("verify").code == 1


def test_what_is_here_and_what_is_upstream_are_not_checked_in_one_run(synced: Command) -> None:
    ended = synced.run("verify", "--repair", "--upstream")

    assert ended.code == 2
    assert ended.stderr.startswith(
        "error: --repair mends what is here, and --upstream looks at what is there\n"
    )


@pytest.mark.slow
def test_verify_upstream_asks_and_fetches_no_weights(modellock: Command) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        modellock.run("lock", **world.variables)

        fine = modellock.run("verify", "--upstream", **world.variables)
        world.hub.delete("acme/detector")
        gone = modellock.run("verify", "--upstream", **world.variables)

    assert (fine.code, fine.stderr) == (0, "")
    assert settled(fine.stdout) == (
        "Upstream says the same as models.lock of 1 model, 2 files (2.3 kB); asked in TIME\n"
    )
    assert gone.code == 3
    assert gone.stderr.startswith("error: detector: ")


def test_path_prints_a_directory_and_a_file(synced: Command) -> None:
    directory = synced.folder / "models" / "large"

    assert synced.run("path", "large").stdout == f"{directory}\n"
    assert synced.run("-q", "path", "large", "config.bin").stdout == f"{directory}/config.bin\n"


@pytest.mark.skipif(sys.platform != "linux", reason="a name that is not UTF-8")
def test_path_prints_a_directory_that_is_no_text_byte_by_byte(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    modellock = Command(folder, tmp_path)
    declare_local(modellock)
    modellock.run("lock")
    modellock.run("sync")

    shown = subprocess.run(
        ["sh", "-c", 'cat "$(modellock path small weights.bin)"'],
        cwd=folder,
        env=modellock.environ(),
        capture_output=True,
        check=False,
    )

    assert (shown.stdout, shown.stderr) == (b"w", b"")


def test_path_of_what_is_not_there_says_what_to_run(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("path", "small")

    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr.endswith("hint: run `modellock sync --model small`\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("path", "smal"), "'smal' is not a model of models.lock"),
        (("path", "small", "weihgts.bin"), "'weihgts.bin' is not a file of small"),
        (("verify", "smal"), "'smal' is not a model of models.lock"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    words: tuple[str, ...], expected: str, synced: Command
) -> None:
    ended = synced.run(*words)

    assert ended.code == 2
    assert ended.stderr.startswith(f"error: {expected}\nhint: did you mean ")


def test_a_lock_with_hostile_strings_is_told_without_obeying_them(synced: Command) -> None:
    lock = synced.folder / "models.lock"
    poisoned = lock.read_text().replace('"origins/small"', '"origins/\\u001b[2J\\u202e::small"')
    lock.write_text(poisoned)

    ended = synced.run("status")

    assert "\x1b" not in ended.stdout + ended.stderr
    assert "\u202e" not in ended.stdout + ended.stderr


def test_a_lying_server_cannot_drive_the_terminal(modellock: Command) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        refusal = {"X-Error-Message": "\x1b[31m::error::pwned", "X-Error-Code": "Weird\x07Code"}
        world.hub.lies.add("*", Lie.status(403, headers=refusal))

        ended = modellock.run("lock", **world.variables)

    assert ended.code == 3
    assert "\x1b" not in ended.stderr
    assert not any(line.strip().startswith("::") for line in ended.stderr.splitlines())


@pytest.mark.parametrize("line", ["sync", "sync --check", "status", "verify", "lock --check"])
def test_a_lock_of_a_newer_minor_version_is_read_with_one_warning(
    line: str, synced: Command
) -> None:
    lock = synced.folder / "models.lock"
    newer = lock.read_text(encoding="utf-8").replace('"1.0"', '"1.7"\nshiny = true')
    lock.write_text(newer, encoding="utf-8", newline="\n")

    ended = synced.run(*line.split())

    assert ended.code == 0
    assert ended.stderr == (
        "warning: models.lock: was written by a newer modellock: expected lock-version 1.0, "
        "received 1.7; keys that it added are not understood\n"
        "hint: upgrade modellock with `pip install --upgrade models-lock`\n"
    )
    assert lock.read_text(encoding="utf-8") == newer


@pytest.mark.slow
def test_what_is_placed_below_a_directory_is_looked_at_there(modellock: Command) -> None:
    declare_local(modellock, "small", weights="w")
    assert modellock.run("lock").code == 0
    to = f"{modellock.folder.parent}/placed"
    assert modellock.run("sync", "--to", to).code == 0

    for words in ("status --quiet", "status", "verify", "verify --deep", "path small"):
        assert modellock.run(*words.split(), "--to", to).code == 0
        assert modellock.run(*words.split(), MODELLOCK_TO=to).code == 0
        assert modellock.run(*words.split()).code == 1
    assert modellock.run("path", "small", "--to", to).stdout == f"{to}/small\n"
    assert f" in {to}/small\n" in modellock.run("status", "--to", to).stdout
