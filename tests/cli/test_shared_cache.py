"""`--shared-cache` and MODELLOCK_SHARED_CACHE, as a user meets them."""

from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub
from tests.cli.command import Command, Ended
from tests.cli.world import declare, settled

pytestmark = pytest.mark.slow

MODELS = '[models.minilm]\nhub = "acme/minilm"\nlayout = "hf-cache"\n'
REASONS = {
    "--to tree": "`--shared-cache` excludes `--to`",
    "--no-store": "`--shared-cache` excludes `--no-store`",
}


@pytest.fixture
def locked(modellock: Command) -> Command:
    """A project whose one model is in the store, and whose Hub is gone."""
    with EmbeddedHub() as hub:
        hub.publish("acme/minilm", {"config.json": b"{}", "model.safetensors": b"weights"})
        declare(modellock, MODELS)
        assert modellock.run("lock", HF_ENDPOINT=hub.url).code == 0
        assert modellock.run("sync", HF_ENDPOINT=hub.url).code == 0
    return modellock


def run(command: Command, words: str, **variables: str) -> Ended:
    return command.run(*words.split(), "--offline", **variables)


def cache_of(command: Command) -> Path:
    return command.folder.parent / "cache"


def test_a_sync_says_what_it_did_and_then_that_there_is_nothing_to_do(locked: Command) -> None:
    ended = run(locked, f"sync --shared-cache {cache_of(locked)}")

    assert (ended.code, ended.stderr) == (0, "")
    assert settled(ended.stdout) == (
        "- minilm  2 files withdrawn (9 bytes)\n"
        "+ minilm  2 files placed (9 bytes)\n"
        "Synced 1 model, 2 files (9 bytes) in TIME; nothing to fetch\n"
    )
    again = run(locked, f"sync --shared-cache {cache_of(locked)}")
    assert settled(again.stdout).startswith("Checked 1 model, 2 files (9 bytes) in TIME")


def test_a_variable_stands_for_the_flag_of_every_command_that_looks(locked: Command) -> None:
    cache = str(cache_of(locked))

    assert run(locked, "sync", MODELLOCK_SHARED_CACHE=cache).code == 0

    for words in ("sync --check", "status --quiet", "status", "verify", "verify --deep"):
        assert run(locked, words, MODELLOCK_SHARED_CACHE=cache).code == 0
        assert run(locked, words).code == 1
    path = run(locked, "path minilm config.json", MODELLOCK_SHARED_CACHE=cache).stdout
    assert path.startswith(f"{cache}/models--acme--minilm/snapshots/")
    assert Path(path.strip()).read_text() == "{}"


def test_a_change_in_the_cache_is_seen_by_the_next_sync(locked: Command) -> None:
    words = f"sync --shared-cache {cache_of(locked)}"
    run(locked, words)
    (ref,) = cache_of(locked).glob("models--*/refs/.modellock/*")
    ref.unlink()

    ended = run(locked, words)

    assert settled(ended.stdout).startswith("~ minilm  1 added file placed (40 bytes)\n")
    assert ref.exists()


def test_documents_name_full_paths(locked: Command) -> None:
    cache = cache_of(locked)

    ended = run(locked, f"sync --json --shared-cache {cache}")

    placed = [one["path"] for one in ended.document["changes"] if one["action"] == "place"]
    assert len(placed) == 4
    assert all(path.startswith(f"{cache}/models--acme--minilm/") for path in placed)


def test_a_file_in_the_way_is_the_answer_no(locked: Command) -> None:
    words = f"sync --shared-cache {cache_of(locked)}"
    run(locked, words)
    (config,) = cache_of(locked).glob("models--*/snapshots/*/config.json")
    config.unlink()
    config.write_text("other")

    refused, replaced = run(locked, words), run(locked, f"{words} --replace")

    assert (refused.code, replaced.code) == (1, 0)
    assert refused.stderr.startswith(
        "error: minilm: 1 file in the way with other bytes than the lock has\n"
        f"  {config}: expected sha256:"
    )
    assert config.read_text() == "{}"


@pytest.mark.parametrize("flags", REASONS)
def test_what_contradicts_it_is_refused(locked: Command, flags: str) -> None:
    ended = run(locked, f"sync --shared-cache {cache_of(locked)} {flags}")

    assert ended.code == 2
    assert ended.stderr == f"error: {REASONS[flags]}\n"


def test_a_flag_beats_the_variable_that_it_contradicts(locked: Command) -> None:
    cache = cache_of(locked)

    ended = run(locked, "sync --to tree", MODELLOCK_SHARED_CACHE=str(cache))

    assert ended.code == 0
    assert (locked.folder / "tree" / "hub").is_dir()
    assert not cache.exists()


def test_a_directory_of_the_project_is_refused_by_name(locked: Command) -> None:
    ended = run(locked, "sync --shared-cache models/hub")

    assert ended.code == 2
    assert ended.stderr.endswith(
        f"lies in {locked.folder}/models/hub, which this project keeps for itself\n"
        "hint: leave --shared-cache out: without it, the project has a cache of its own\n"
    )


def test_the_directory_above_a_cache_is_refused(locked: Command) -> None:
    (cache_of(locked) / "hub").mkdir(parents=True)

    ended = run(locked, f"sync --shared-cache {cache_of(locked)}")

    assert ended.code == 2
    assert ended.stderr == (
        f"error: --shared-cache {cache_of(locked)}: is no cache of a Hub, but has one in it\n"
        f"hint: write `--shared-cache {cache_of(locked)}/hub`\n"
    )


def test_a_link_among_the_directories_is_refused(locked: Command) -> None:
    cache, elsewhere = cache_of(locked), locked.folder.parent / "elsewhere"
    for directory in (cache, elsewhere):
        directory.mkdir()
    (cache / "models--acme--minilm").symlink_to(elsewhere)

    ended = run(locked, f"sync --shared-cache {cache}")

    assert ended.code == 2
    assert "a directory on the way to models--acme--minilm/" in ended.stderr
    assert list(elsewhere.iterdir()) == []
