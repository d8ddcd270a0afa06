import json
import os
import re
from pathlib import Path

import pytest

from modellock.testing import Lie
from tests.cli.command import Command
from tests.cli.world import DETECTOR, MINILM, WHISPER, declare, declare_local, settled, upstream


@pytest.fixture
def synced(modellock: Command) -> Command:
    """A project with one local model in place."""
    declare_local(modellock, weights="w", config="c")
    modellock.lock()
    modellock.sync()
    return modellock


def placed(modellock: Command, directory: str = "models") -> list[str]:
    root = modellock.folder / directory
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_sync_says_model_by_model_what_it_placed(modellock: Command) -> None:
    declare(modellock, MINILM + DETECTOR)
    with upstream() as world:
        modellock.run("lock", **world.variables)

        ended = modellock.run("sync", **world.variables)

    assert (ended.code, ended.stderr) == (0, "")
    assert settled(ended.stdout) == (
        "+ detector  2 files placed (2.3 kB)\n"
        "+ minilm    7 files placed (3.1 kB)\n"
        "Synced 2 models, 9 files (5.5 kB) in TIME; fetched 2 files (4.5 kB)\n"
    )
    assert len(placed(modellock)) == 9


def test_a_sync_with_nothing_to_do_says_what_it_checked(synced: Command) -> None:
    ended = synced.run("sync")

    assert (ended.code, ended.stderr) == (0, "")
    assert re.fullmatch(
        r"Checked 1 model, 2 files \(2 bytes\) in \d+ ms; last full hash under a minute ago\n",
        ended.stdout,
    )


def test_the_short_way_and_the_whole_way_say_the_same(synced: Command) -> None:
    short = synced.run("sync", "--json")
    os.unlink(synced.folder / ".modellock" / "state.json")
    whole = synced.run("sync", "--json")

    unstable: dict[str, object] = {"hashed_at": None, "changes": []}
    assert short.document | unstable == whole.document | unstable
    assert short.document["unchanged"] is True


def test_a_stale_lock_is_refused_model_by_model(modellock: Command) -> None:
    declare(modellock, '[models.bge-m3]\nhub = "acme/minilm"\nrevision = "main"\n')
    with upstream() as world:
        modellock.run("lock", **world.variables)
        declare(
            modellock,
            '[models.bge-m3]\nhub = "acme/minilm"\nrevision = "v1.1"\n'
            '[models.phi-4]\nhub = "acme/detector"\n',
        )
        world.forget_requests()

        ended = modellock.run("sync", **world.variables)

        assert world.request_count == 0
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr == (
        "error: models.lock does not match models.toml\n"
        '  bge-m3: revision "main" in models.lock, "v1.1" in models.toml\n'
        "  phi-4: not in models.lock\n"
        "hint: run `modellock lock` and commit models.lock\n"
    )


def test_frozen_goes_by_the_lock_alone(synced: Command) -> None:
    declare(synced, "[models.other]\nlocal = 'elsewhere'\n")

    ended = synced.run("sync", "--frozen")

    assert (ended.code, ended.stderr) == (0, "")


def test_a_lock_without_a_manifest_is_enough(synced: Command) -> None:
    (synced.folder / "models.toml").unlink()

    ended = synced.run("sync")

    assert (ended.code, ended.stderr) == (0, "")


@pytest.mark.parametrize("content", [b"x" * 488, b"{}"], ids=["same size", "other size"])
@pytest.mark.slow
def test_a_swapped_asset_is_told_with_what_upstream_now_publishes(
    content: bytes, modellock: Command
) -> None:
    declare(modellock, WHISPER + DETECTOR)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        world.github.repository("acme/whisper-models").set_asset(
            "v1.4.2", "tokenizer.json", content
        )

        ended = modellock.run("sync", **world.variables)

    assert (ended.code, ended.stdout) == (4, "")
    told = re.sub(r"asset \d+, replaced \d{4}-\d\d-\d\d", "asset N, replaced DATE", ended.stderr)
    assert settled(told) == (
        "error: whisper/tokenizer.json: expected sha256:DIGEST, received sha256:DIGEST\n"
        "  from http://HOST/acme/whisper-models/releases/download/v1.4.2/tokenizer.json"
        " (asset N, replaced DATE)\n"
        "hint: upstream now publishes sha256:DIGEST; if you trust that, "
        "run `modellock update whisper`\n"
    )
    assert placed(modellock) == ["detector/config.json", "detector/model.safetensors"]


@pytest.mark.slow
def test_a_hub_that_changes_a_commit_is_called_a_liar(modellock: Command) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        world.hub.lies.add("model.safetensors", Lie.WRONG_BYTES)

        ended = modellock.run("sync", **world.variables)

    assert ended.code == 4
    first, origin, verdict, hint = settled(ended.stderr).splitlines()
    assert first == (
        "error: detector/model.safetensors: expected sha256:DIGEST, received sha256:DIGEST"
    )
    assert origin.startswith("  from http://HOST/acme/detector/resolve/")
    assert verdict == "  a commit never changes: the server, or something on the way to it, lies"
    assert hint.startswith("hint: keep models.lock")


@pytest.mark.slow
def test_several_failures_are_all_told_and_the_rest_is_done(modellock: Command) -> None:
    declare(modellock, MINILM + DETECTOR + WHISPER)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        world.hub.delete("acme/detector")
        world.hub.lies.add("/acme/minilm/resolve/*", Lie.HTML_PAGE)

        ended = modellock.run("sync", "--json", **world.variables)

    assert ended.code == 4
    codes = [(error["model"], error["code"]) for error in ended.document["errors"]]
    assert codes == [("minilm", "wrong-content"), ("detector", "authentication")]
    assert ended.document["error"] == ended.document["errors"][0]
    assert placed(modellock) == ["whisper/tokenizer.json"]


@pytest.mark.parametrize("flag", ["--check", "--dry-run"])
def test_a_preview_changes_nothing_and_says_what_would_change(
    flag: str, modellock: Command
) -> None:
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("sync", flag)

    assert ended.code == (1 if flag == "--check" else 0)
    what, would, *space = ended.stdout.splitlines()
    assert what == "+ small  1 file to place (1 byte)"
    assert would == "Would sync 1 model, 1 file (1 byte) and fetch 1 file (1 byte)"
    assert bool(space) == (flag == "--dry-run")
    assert not (modellock.folder / "models").exists()


def test_a_dry_run_says_how_much_it_takes_and_where(modellock: Command) -> None:
    declare_local(modellock, weights="w" * 2000)
    modellock.run("lock")
    store = modellock.home / ".cache" / "modellock"

    ended = modellock.run("sync", "--dry-run", "--link-mode", "copy")

    _, _, moved, taken = ended.stdout.splitlines()
    assert moved == "Of 2.0 kB the store has 0 bytes; 2.0 kB to fetch, 2.0 kB to copy"
    assert re.fullmatch(rf"Takes up to 4\.0 kB in {store}, where \d+\.\d [GT]B are free", taken)


def test_a_program_gets_the_same_numbers_in_bytes(modellock: Command) -> None:
    declare_local(modellock, weights="w" * 2000)
    modellock.run("lock")

    document = modellock.run("sync", "--dry-run", "--json").document

    (peak,) = document["space"].pop("peaks")
    assert document["space"] == {
        "needed": 2000,
        "in_store": 0,
        "adopt": 0,
        "fetch": 2000,
        "place": 0,
    }
    assert (peak["path"], peak["needed"]) == (str(modellock.home / ".cache/modellock"), 2000)
    assert peak["free"] > 2000


def test_a_withdrawn_model_is_told(synced: Command) -> None:
    declare(synced, "")
    synced.run("lock")

    ended = synced.run("sync")

    assert settled(ended.stdout).splitlines()[0] == "- small  2 files withdrawn (2 bytes)"
    assert placed(synced) == []


def test_an_edited_file_is_kept_aside_and_named(synced: Command) -> None:
    weights = synced.folder / "models" / "small" / "weights.bin"
    weights.unlink()
    weights.write_text("edited")

    ended = synced.run("sync")

    assert ended.code == 0
    assert settled(ended.stdout).splitlines()[:2] == [
        "~ small  1 file replaced (edited) (1 byte)",
        "Kept an edited file as models/small/weights.bin.edited",
    ]


def test_an_edited_project_is_told_by_a_check(synced: Command) -> None:
    (synced.folder / "models" / "small" / "weights.bin").unlink()

    ended = synced.run("sync", "--check", "--json")

    assert (ended.code, ended.document["ok"]) == (1, False)
    assert ended.document["changes"] == [
        {
            "model": "small",
            "path": "models/small/weights.bin",
            "action": "place",
            "size": 1,
            "made": False,
        }
    ]


def test_a_file_that_is_not_ours_stays_until_replace(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")
    mine = modellock.folder / "models" / "small" / "weights.bin"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")

    refused = modellock.run("sync")
    assert refused.code == 1
    assert "models/small/weights.bin" in refused.stderr
    assert mine.read_text() == "mine"

    replaced = modellock.run("sync", "--replace")
    assert replaced.code == 0
    assert "1 file overwritten (1 byte)" in replaced.stdout
    assert mine.read_text() == "w"


def test_an_unknown_group_names_the_nearest(modellock: Command) -> None:
    declare_local(modellock)
    (modellock.folder / "models.toml").write_text(
        '[models.small]\nlocal = "origins/small"\ngroups = ["text"]\n'
    )
    modellock.run("lock")

    ended = modellock.run("sync", "--group", "txt")

    assert ended.code == 2
    assert ended.stderr == (
        "error: 'txt' is not a group of models.lock\nhint: did you mean `text`?\n"
    )


def test_the_flags_of_sync_are_its_variables_too(modellock: Command, tmp_path: Path) -> None:
    declare_local(modellock)
    modellock.run("lock")
    target = tmp_path / "image"

    ended = modellock.run("sync", MODELLOCK_TO=str(target), MODELLOCK_LINK_MODE="copy")

    assert ended.code == 0
    assert (target / "small" / "weights.bin").stat().st_nlink == 1
    assert not (modellock.folder / "models").exists()


@pytest.mark.parametrize("verb", ["lock", "sync --frozen", "status"])
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("size = 1,", "size = 2,", "models.small.size does not match the files: expected 4, recei"),
        ('"1.0"', '"2.0"', "was written by a newer modellock: expected lock-version 1.x, received"),
        ("local =", "<<<<<<< HEAD\nlocal =", "conflict markers"),
    ],
    ids=["edited", "newer", "markers"],
)
def test_a_lock_that_cannot_be_used_says_which_it_is(
    synced: Command, verb: str, before: str, after: str, words: str
) -> None:
    lock = synced.folder / "models.lock"
    spoilt = lock.read_text(encoding="utf-8").replace(before, after)
    lock.write_text(spoilt, encoding="utf-8", newline="\n")

    ended = synced.run(*verb.split())

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: models.lock:")
    assert words in ended.stderr
    assert "\nhint: " in ended.stderr
    assert lock.read_text(encoding="utf-8") == spoilt


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("MODELLOCK_MODEL", "smal", "did you mean `small`? Or `unset MODELLOCK_MODEL`"),
        ("MODELLOCK_GROUP", "x", "`unset MODELLOCK_GROUP` if it is not meant"),
        ("MODELLOCK_LOCK", "/nowhere/models.lock", "`unset MODELLOCK_LOCK` if it is not meant"),
    ],
)
def test_a_variable_that_leads_to_a_refusal_is_named(
    synced: Command, variable: str, value: str, hint: str
) -> None:
    ended = synced.run("sync", **{variable: value})

    assert ended.code in (1, 2)
    assert ended.stderr.endswith(f"hint: {hint}\n")


def test_quiet_says_nothing(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("-q", "sync")

    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")


def test_events_are_one_a_line(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("sync", "--progress", "json")

    events = [json.loads(line) for line in ended.stderr.splitlines()]
    assert {event["event"] for event in events} >= {"fetches-planned", "fetch-finished", "placed"}


def test_what_a_layout_cannot_hold_is_told_and_stays(modellock: Command) -> None:
    declare_local(modellock)
    modellock.run("lock")

    ended = modellock.run("sync", "--layout", "hf-cache")

    assert ended.code == 0
    assert ended.stderr.startswith(
        "small: keeps its layout `plain`: `hf-cache` is a layout of Hub models, "
        "and this is a `local` model\n"
    )
    assert (modellock.folder / "models/small/weights.bin").exists()


@pytest.mark.slow
def test_what_was_left_out_and_why_is_told_on_request(modellock: Command) -> None:
    declare_local(modellock, "small")
    declare_local(modellock, "speech")
    declare_local(modellock, "windows")
    manifest = (modellock.folder / "models.toml").read_text(encoding="utf-8")
    manifest = manifest.replace('"origins/speech"', '"origins/speech"\ngroups = ["audio"]')
    manifest += "marker = \"sys_platform == 'win16'\"\n"
    declare(modellock, f'settings.default-groups = ["text"]\n{manifest}')
    modellock.run("lock")
    modellock.run("sync")

    ended = modellock.run("sync", "-v")

    assert ended.code == 0
    assert ended.stderr.splitlines()[:2] == [
        "speech: left out, since its group audio is not among `default-groups` (text)",
        "windows: left out, since its marker `sys_platform == 'win16'` does not hold here",
    ]
    assert modellock.run("sync").stderr == ""
