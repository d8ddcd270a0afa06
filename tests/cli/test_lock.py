import pytest

from modellock.testing import demo_upstream_change
from tests.cli.command import Command
from tests.cli.world import DETECTOR, MINILM, WHISPER, declare, declare_local, settled, upstream


def test_lock_says_what_it_chose_and_what_it_left_out(modellock: Command) -> None:
    declare(modellock, MINILM + DETECTOR + WHISPER)
    with upstream() as world:
        ended = modellock.run("lock", **world.variables)

    assert (ended.code, ended.stderr) == (0, "")
    assert settled(ended.stdout) == (
        "Added detector: v1.2 (340daf8c5701), 2 files (2.3 kB)\n"
        "Added minilm: main (ffd9cfc745fd), 7 files (3.1 kB)\n"
        "Added whisper: v1.4.2, 1 file (488 bytes)\n"
        "Left out of minilm: pickle weights, 1 file (2.3 kB); "
        '`formats = ["safetensors", "pickle"]` brings them in\n'
        "Wrote models.lock: 3 models, 10 files (5.9 kB) in TIME\n"
    )


def test_lock_again_says_that_nothing_changed(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("lock")

    assert settled(ended.stdout) == (
        "models.lock is up to date: 1 model, 1 file (1 byte), checked in TIME\n"
    )


@pytest.mark.slow
def test_lock_check_sends_no_request_and_says_model_by_model_what_differs(
    modellock: Command,
) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        before = (modellock.folder / "models.lock").read_bytes()
        declare(modellock, MINILM + 'revision = "v1.0"\n' + DETECTOR)
        world.forget_requests()

        ended = modellock.run("lock", "--check", **world.variables)

        assert world.request_count == 0
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr == (
        "error: models.lock does not match models.toml\n"
        "  detector: not in models.lock\n"
        '  minilm: revision not set in models.lock, "v1.0" in models.toml\n'
        "hint: run `modellock lock` and commit models.lock\n"
    )
    assert (modellock.folder / "models.lock").read_bytes() == before


def test_lock_check_of_a_lock_that_fits_is_done(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("lock", "--check")

    assert (ended.code, ended.stderr) == (0, "")


def test_a_dry_run_writes_nothing(modellock: Command) -> None:
    declare_local(modellock)

    ended = modellock.run("lock", "--dry-run")

    assert ended.code == 0
    assert "Would add small: tree " in ended.stdout
    assert "Would write models.lock: 1 model, 1 file (1 byte)" in ended.stdout
    assert not (modellock.folder / "models.lock").exists()


def test_a_pin_that_fits_stays_until_update_moves_it(modellock: Command) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        before = (modellock.folder / "models.lock").read_bytes()
        demo_upstream_change(world.hub)

        kept = modellock.run("lock", **world.variables)
        assert settled(kept.stdout).startswith("models.lock is up to date: ")
        assert (modellock.folder / "models.lock").read_bytes() == before

        would = modellock.run("update", "minilm", "--dry-run", **world.variables)
        assert settled(would.stdout).splitlines()[:2] == [
            "Would move minilm: ffd9cfc745fd -> 9bd874bc001f (main, AGE old)",
            "  weights, configuration changed: 2 files, 2.4 kB new",
        ]
        assert (modellock.folder / "models.lock").read_bytes() == before

        moved = modellock.run("update", "--all", **world.variables)
        assert settled(moved.stdout).startswith(
            "Moved minilm: ffd9cfc745fd -> 9bd874bc001f (main, AGE old)\n"
        )


@pytest.mark.parametrize("words", [("update",), ("update", "minilm", "--all")])
def test_update_wants_names_or_all(words: tuple[str, ...], modellock: Command) -> None:
    ended = modellock.run(*words)

    assert ended.code == 2
    assert ended.stderr == (
        "error: modellock update: expected names of models, or else `--all`\n"
        "hint: run `modellock update --help`\n"
    )


def test_update_of_an_unknown_model_names_the_nearest(modellock: Command) -> None:
    declare_local(modellock, "small")

    ended = modellock.run("update", "smal")

    assert ended.code == 2
    assert ended.stderr == (
        "error: 'smal' is not a model of models.toml\nhint: did you mean `small`?\n"
    )


@pytest.mark.parametrize("target", ["small@", "@v2"])
def test_update_wants_a_name_and_a_revision(target: str, modellock: Command) -> None:
    declare_local(modellock)

    ended = modellock.run("update", target)

    assert ended.code == 2
    assert ended.stderr == (
        f"error: modellock update: {target!r} is neither `NAME` nor `NAME@REV`\n"
    )


@pytest.mark.slow
def test_the_document_of_lock_names_every_change(modellock: Command) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        ended = modellock.run("lock", "--json", **world.variables)

    assert ended.document | {"fetched": 0} == {
        "schema": 1,
        "command": "lock",
        "ok": True,
        "written": True,
        "merged": None,
        "models": 1,
        "files": 2,
        "size": 2315,
        "fetched": 0,
        "changes": [
            {
                "model": "detector",
                "movement": "added",
                "old": None,
                "new": ended.document["changes"][0]["new"],
                "changed_files": ["config.json", "model.safetensors"],
                "to_fetch": 2315,
            }
        ],
        "left_out": [],
    }
    assert ended.document["changes"][0]["new"]["tag"] == "v1.2"


def test_a_project_is_found_from_below(modellock: Command) -> None:
    declare_local(modellock)
    (modellock.folder / "src" / "app").mkdir(parents=True)

    ended = modellock.run("lock", "--directory", "src/app")

    assert ended.code == 0
    assert (modellock.folder / "models.lock").exists()


def test_without_a_project_the_next_step_is_named(modellock: Command) -> None:
    ended = modellock.run("lock")

    assert ended.code == 2
    assert ended.stderr == (
        f"error: models.toml: not found in {modellock.folder} or above it\n"
        "hint: `modellock init` writes one\n"
    )


def test_offline_names_the_variable_that_turns_the_network_off(modellock: Command) -> None:
    declare(modellock, MINILM)

    ended = modellock.run("lock", MODELLOCK_OFFLINE="yes")

    assert ended.code == 3
    assert "MODELLOCK_OFFLINE" in ended.stderr


@pytest.mark.parametrize("flags", [(), ("--check",), ("--dry-run",)])
@pytest.mark.slow
def test_a_lock_with_nothing_to_do_answers_as_the_whole_one_does(
    modellock: Command, flags: tuple[str, ...]
) -> None:
    declare_local(modellock)
    modellock.run("lock")
    note = modellock.folder / ".modellock" / "settled.json"
    kept = note.read_bytes()
    note.unlink()
    whole = modellock.run("lock", "--json", *flags)
    note.write_bytes(kept)

    short = modellock.run("lock", "--json", *flags)

    assert short.document == whole.document
    assert settled(modellock.run("lock", *flags).stdout) == (
        "models.lock is up to date: 1 model, 1 file (1 byte), checked in TIME\n"
    )


@pytest.mark.slow
def test_what_a_dry_run_found_is_not_taken_for_written(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")
    declare_local(modellock, "other")
    modellock.run("lock", "--dry-run")

    ended = modellock.run("lock", "--check")

    assert ended.code == 1
    assert "other: not in models.lock" in ended.stderr


@pytest.mark.parametrize("command", ["lock", "update --all", "outdated"])
def test_a_moment_that_is_none_is_refused(modellock: Command, command: str) -> None:
    declare_local(modellock)

    ended = modellock.run(*command.split(), "--exclude-newer", "yesterday")

    assert ended.code == 2
    assert ended.stderr == (
        "error: --exclude-newer: 'yesterday' is neither a time such as `2026-01-31T00:00:00Z` or "
        "`2026-01-31` nor a duration such as `3 days`\n"
    )


@pytest.mark.slow
def test_a_moment_holds_for_one_run(modellock: Command) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        as_of = modellock.run("lock", "--exclude-newer", "2025-01-02", **world.variables)
        moved = modellock.run("update", "detector@1.0", **world.variables)

    assert "Added detector: v1.1 " in as_of.stdout
    assert "-> " in moved.stdout
    assert "exclude-newer" not in (modellock.folder / "models.lock").read_text()
