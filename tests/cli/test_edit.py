import pytest

from tests.cli.command import Command
from tests.cli.world import MINILM, declare, declare_local, settled, upstream

ENTRY = 'hub = "acme/minilm", revision = "v1.0", include = ["*.json", "model.safetensors"]'


@pytest.mark.slow
def test_add_shows_the_entry_and_what_was_locked(modellock: Command) -> None:
    with upstream() as world:
        ended = modellock.run(
            "add", "acme/minilm@v1.0", "--include", "*.json", "--include", "model.safetensors",
            **world.variables,
        )  # fmt: skip

    assert (ended.code, ended.stderr) == (0, "")
    assert settled(ended.stdout) == (
        "Wrote models.toml; `modellock init` adds what git should know\n"
        f"Declared minilm: {ENTRY}\n"
        "Added minilm: v1.0 (ffd9cfc745fd), 4 files (2.9 kB)\n"
        "Wrote models.lock: 1 model, 4 files (2.9 kB) in TIME\n"
    )


@pytest.mark.slow
def test_add_takes_all_that_an_entry_needs_from_flags(modellock: Command) -> None:
    with upstream() as world:
        ended = modellock.run(
            "add", "acme/detector", "--name", "eyes", "--version", ">=1,<2",
            "--group", "vision", "--group", "dev", "--path", "assets/eyes", **world.variables,
        )  # fmt: skip

    assert ended.code == 0
    assert (modellock.folder / "models.toml").read_text() == (
        '[models.eyes]\nhub = "acme/detector"\nversion = ">=1,<2"\n'
        'groups = ["vision", "dev"]\npath = "assets/eyes"\n'
    )


def test_add_from_below_finds_the_project_and_its_paths(modellock: Command) -> None:
    declare_local(modellock)
    (modellock.folder / "app").mkdir()

    ended = modellock.run("--directory", "app", "add", "../origins/small", "--name", "again")

    assert ended.code == 0
    assert 'Declared again: local = "origins/small"\n' in ended.stdout


def test_what_is_there_already_is_told(modellock: Command) -> None:
    declare_local(modellock)

    ended = modellock.run("add", "./origins/small")

    assert ended.stdout.startswith('models.toml has small: local = "origins/small"\nAdded small:')


def test_a_name_that_another_model_has_is_refused(modellock: Command) -> None:
    declare(modellock, MINILM)

    ended = modellock.run("add", "other/minilm")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "error: 'minilm' is another model in models.toml: hub acme/minilm\n"
        "hint: `--name NAME` gives it another name\n"
    )


def test_a_failure_says_that_models_toml_is_as_it_was(modellock: Command) -> None:
    declare(modellock, MINILM)

    ended = modellock.run("add", "acme/detector", "--offline")

    assert ended.code == 3
    assert ended.stderr.startswith("models.toml is as it was\nerror: ")
    assert (modellock.folder / "models.toml").read_text() == MINILM


def test_add_as_a_document(modellock: Command) -> None:
    with upstream() as world:
        ended = modellock.run(
            "add", "acme/minilm@v1.0", "--include", "*.json", "--json", **world.variables
        )

    document = ended.document
    assert (ended.code, document["ok"], document["first"], document["removed"]) == (
        (0, True, True, [])
    )  # fmt: skip
    assert document["entries"] == [
        {
            "model": "minilm",
            "new": True,
            "keys": {"hub": "acme/minilm", "revision": "v1.0", "include": ["*.json"]},
        }
    ]
    assert document["written"] is True
    assert [change["model"] for change in document["changes"]] == ["minilm"]


def test_remove_says_what_went(modellock: Command) -> None:
    declare_local(modellock, "small")
    declare_local(modellock, "other")
    modellock.run("lock")

    ended = modellock.run("remove", "small")

    assert (ended.code, ended.stderr) == (0, "")
    assert settled(ended.stdout) == (
        "Removed small from models.toml\n"
        "Removed small\n"
        "Wrote models.lock: 1 model, 1 file (1 byte) in TIME\n"
    )
    assert "small" not in (modellock.folder / "models.toml").read_text()


def test_remove_of_an_unknown_name_suggests_the_nearest(modellock: Command) -> None:
    declare_local(modellock)

    ended = modellock.run("remove", "smal", "--json")

    assert ended.code == 2
    assert (ended.document["error"]["code"], ended.document["error"]["hint"]) == (
        ("unknown-name", "did you mean `small`?")
    )  # fmt: skip
