"""`modellock store adopt`, and a sync that adopts, as a user meets them."""

from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.world import declare_local, settled

WEIGHTS = "weights of a model"


@pytest.fixture
def lacking(modellock: Command) -> Command:
    """A lock whose one blob no store has, and a cache of whisper that has it."""
    declare_local(modellock, weights=WEIGHTS)
    modellock.lock()
    cache = whisper_cache(modellock)
    cache.mkdir(parents=True)
    (cache / "base.pt").write_text(WEIGHTS)
    (cache / "tiny.pt").write_text("another model")
    return modellock


def whisper_cache(modellock: Command) -> Path:
    return modellock.home / ".cache/whisper"


def test_the_caches_that_are_known_give_what_the_lock_asks_for(lacking: Command) -> None:
    ended = lacking.run("store", "adopt")

    assert ended.code == 0
    assert settled(ended.stdout) == (
        f"{whisper_cache(lacking)}: 1 of 2 files taken over (18 bytes), 1 copied\n"
        "Took over 1 file (18 bytes) in TIME; nothing is left to fetch\n"
    )
    assert ended.stderr == ""


def test_a_second_time_there_is_nothing_to_do(lacking: Command) -> None:
    lacking.run("store", "adopt")

    assert settled(lacking.run("store", "adopt").stdout) == (
        f"{whisper_cache(lacking)}: nothing of 2 files\n"
        "Took over 0 files (0 bytes) in TIME; the store lacked nothing of models.lock\n"
    )


def test_a_dry_run_says_what_would_come_and_what_would_be_left(lacking: Command) -> None:
    declare_local(lacking, "other", more="more weights")
    lacking.lock()

    ended = lacking.run("store", "adopt", "--dry-run")

    assert settled(ended.stdout) == (
        f"{whisper_cache(lacking)}: 1 of 2 files would be taken over (18 bytes)\n"
        "Would take over 1 file (18 bytes) in TIME; 1 file (12 bytes) left to fetch\n"
    )
    assert not (lacking.store / "v1/blobs").exists()


def test_any_directory_can_be_named_and_all_of_it_taken(lacking: Command) -> None:
    ended = lacking.run("store", "adopt", "--all", "../home/.cache/whisper", "--link-mode=hardlink")

    assert settled(ended.stdout) == (
        f"{whisper_cache(lacking)}: 2 of 2 files taken over (31 bytes), 2 linked\n"
        "Took over 2 files (31 bytes) in TIME\n"
    )


def test_without_a_project_all_of_it_is_taken(lacking: Command) -> None:
    ended = lacking.run("--directory", "..", "store", "adopt", "home/.cache/whisper")

    assert "Took over 2 files (31 bytes)" in ended.stdout


def test_where_there_is_no_cache_a_directory_can_be_named(locked: Command) -> None:
    ended = locked.run("store", "adopt")

    assert (ended.code, ended.stdout) == (
        0,
        "No cache of another program is here; name a directory: `modellock store adopt DIR`\n",
    )


def test_a_directory_that_is_not_there_is_an_error(locked: Command) -> None:
    ended = locked.run("store", "adopt", "nowhere")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == f"error: {locked.folder}/nowhere: is not a directory\n"


def test_wrong_bytes_of_the_right_size_are_told(lacking: Command) -> None:
    (whisper_cache(lacking) / "base.pt").write_text("same size as those")

    assert settled(lacking.run("store", "adopt").stdout) == (
        f"{whisper_cache(lacking)}: nothing of 2 files, "
        "1 of the right size with other bytes\n"
        "Took over 0 files (0 bytes) in TIME; 1 file (18 bytes) left to fetch\n"
    )


def test_it_is_a_document_with_json(lacking: Command) -> None:
    assert lacking.run("store", "adopt", "--json").document == {
        "schema": 1,
        "command": "store adopt",
        "ok": True,
        "dry_run": False,
        "files": 1,
        "size": 18,
        "directories": [
            {
                "directory": str(whisper_cache(lacking)),
                "seen": 2,
                "files": 1,
                "size": 18,
                "linked": 0,
                "cloned": 0,
                "copied": 1,
                "here": 0,
                "other": 0,
                "changed": 0,
            }
        ],
        "unread": [],
        "lacked": [{"file": "small/weights.bin", "size": 18}],
        "lacking": [],
    }


@pytest.fixture
def asking(lacking: Command) -> Command:
    manifest = lacking.folder / "models.toml"
    manifest.write_text(f"[settings]\nadopt = true\n\n{manifest.read_text()}")
    lacking.lock()
    return lacking


def test_a_sync_that_asks_for_it_says_what_it_adopted(asking: Command) -> None:
    ended = asking.run("sync")

    assert ended.stderr == f"adopted 1 file (18 bytes) from {whisper_cache(asking)}\n"
    assert settled(ended.stdout) == (
        "+ small  1 file placed (18 bytes)\n"
        "Synced 1 model, 1 file (18 bytes) in TIME; nothing to fetch\n"
    )


def test_a_dry_run_of_a_sync_promises_no_more_than_it_knows(asking: Command) -> None:
    ended = asking.run("sync", "--dry-run")

    assert settled(ended.stdout).splitlines()[:3] == [
        "+ small  1 file to place (18 bytes)",
        f"1 file (18 bytes) to adopt from {whisper_cache(asking)}, if the bytes are right",
        "Would sync 1 model, 1 file (18 bytes) and fetch nothing",
    ]


def test_the_document_of_a_sync_has_it_with_and_without_work(asking: Command) -> None:
    (told,) = asking.run("sync", "--json").document["adopted"]

    assert (told["directory"], told["copied"]) == (str(whisper_cache(asking)), 1)
    assert asking.run("sync", "--json").document["adopted"] == []
