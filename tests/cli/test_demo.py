import os

import pytest

from tests.cli.command import Command

pytestmark = pytest.mark.slow


def test_the_demo_tells_the_whole_story_and_leaves_nothing_behind(modellock: Command) -> None:
    temporary = modellock.home / "tmp"
    temporary.mkdir()

    ended = modellock.run("demo", TMPDIR=str(temporary))

    assert (ended.code, ended.stderr) == (0, "")
    for shown in (
        "$ modellock init\nWrote models.toml\n",
        "$ modellock lock\nAdded detector: v1.2 (340daf8c5701), 2 files",
        "$ modellock sync\nChecked 3 models, 11 files",
        "$ modellock lock\nmodels.lock is up to date: 3 models",
        "$ modellock update minilm --dry-run\nWould move minilm: ffd9cfc745fd -> 9bd874bc001f",
        "modellock sync --frozen\nerror: detector/model.safetensors: expected sha256:",
        "[exit 4]\n",
        "$ find models -type f\nmodels/whisper/tokenizer.json\nmodels/whisper/whisper-tiny.bin\n",
    ):
        assert shown in ended.stdout
    assert list(temporary.iterdir()) == []


def test_the_demo_can_be_kept_and_told_to_a_program(modellock: Command) -> None:
    ended = modellock.run("demo", "--keep", "try-it", "--json")

    assert ended.code == 0
    assert {step["exit_code"] for step in ended.document["steps"]} == {0, 4}
    kept = modellock.folder / "try-it"
    assert os.path.isfile(kept / "project" / "models" / "minilm" / "config.json")
    assert ended.document["directory"] == str(kept)


def test_the_demo_is_not_played_over_what_is_there(modellock: Command) -> None:
    (modellock.folder / "mine").write_text("")

    ended = modellock.run("demo", "--keep", ".")

    assert ended.code == 1
    assert ended.stderr == (
        f"error: {modellock.folder}: is not an empty directory\n"
        "hint: run `modellock demo --keep NEW`\n"
    )
