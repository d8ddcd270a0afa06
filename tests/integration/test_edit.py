"""models.toml is edited and locked, or it is as it was: against the embedded services."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modellock.decisions.entries import Wish
from modellock.documents.manifest import parse_manifest
from modellock.errors import (
    ManifestError,
    NoVersionError,
    OfflineError,
    SeveralErrors,
    UnknownNameError,
    UsageError,
)
from modellock.ports.reporting import Reporter
from modellock.testing import EmbeddedFiles, EmbeddedHub, Lie, demo_github, demo_hub
from modellock.verbs.edit import AddRequest, EditResult, add, remove
from tests.integration.processes import killed_before
from tests.integration.workspace import Heard, Workspace
from tests.waiting import LONG, wait_until

MANIFEST = """\
# What this project wants.

[models.minilm]  # the small one
hub = "acme/minilm"

[settings]
path = "weights"
"""


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    demo_hub(workspace.hub)
    demo_github(workspace.github)
    return workspace


def added(
    workspace: Workspace, *origins: str, reporter: Reporter | None = None, **wish: Any
) -> EditResult:
    request = AddRequest(
        origins=origins,
        directory=str(workspace.directory),
        wish=Wish(**wish),
    )
    return add(workspace.project, workspace.settings, reporter or Reporter(), request)


def removed(workspace: Workspace, *names: str, reporter: Reporter | None = None) -> EditResult:
    return remove(workspace.project, workspace.settings, reporter or Reporter(), names)


def manifest_of(workspace: Workspace) -> bytes:
    return (workspace.directory / "models.toml").read_bytes()


def test_add_begins_a_project_where_there_is_none(filled: Workspace) -> None:
    result = added(filled, "acme/minilm")

    assert manifest_of(filled) == b'[models.minilm]\nhub = "acme/minilm"\n'
    assert list(filled.read_lock().models) == ["minilm"]
    assert (result.is_first, result.lock.written) == (True, True)


def test_add_keeps_every_line_and_comment(filled: Workspace) -> None:
    filled.write(MANIFEST)

    added(filled, "github:acme/whisper-models@1.4", groups=("speech",), include=("*.json",))

    before, after = MANIFEST.split("\n[settings]")
    assert manifest_of(filled).decode() == (
        f"{before}\n"
        '[models.whisper-models]\ngithub = "acme/whisper-models"\nversion = "==1.4"\n'
        'include = ["*.json"]\ngroups = ["speech"]\n'
        f"\n[settings]{after}"
    )
    assert filled.read_lock().models["whisper-models"].tag == "v1.4.0"


def test_several_models_come_at_once(filled: Workspace) -> None:
    (filled.directory / "mine").mkdir()
    (filled.directory / "mine" / "w.bin").write_bytes(b"w")
    with EmbeddedFiles({"/pose.task": b"pose"}) as files:
        added(filled, "acme/minilm@v1.0", f"{files.url}/pose.task", "./mine")

    locked = filled.read_lock().models
    assert {name: model.kind for name, model in locked.items()} == {
        "minilm": "hub",
        "pose": "url",
        "mine": "local",
    }


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("/acme/minilm/blob/v1.0/config.json", 'revision = "v1.0"\ninclude = ["config.json"]\n'),
        ("/acme/minilm/resolve/main/vocab.txt", 'include = ["vocab.txt"]\n'),
    ],
)
def test_a_page_of_the_hub_in_force_is_one_of_the_hub(
    page: str, keys: str, filled: Workspace
) -> None:
    added(filled, filled.hub.url + page)

    assert manifest_of(filled).decode() == f'[models.minilm]\nhub = "acme/minilm"\n{keys}'


def test_a_page_of_the_github_in_force_is_one_of_github(filled: Workspace) -> None:
    url = f"{filled.github.server_url}/acme/whisper-models/releases/download/v1.3.0/tokenizer.json"

    added(filled, url)

    assert manifest_of(filled).decode() == (
        '[models.whisper-models]\ngithub = "acme/whisper-models"\n'
        'tag = "v1.3.0"\ninclude = ["tokenizer.json"]\n'
    )


def test_a_page_of_a_named_source_is_locked_from_there(filled: Workspace) -> None:
    with EmbeddedHub() as corporate:
        corporate.publish("team/model", {"config.json": b"{}"})
        filled.write(f'[sources.corp]\ntype = "hub"\nendpoint = "{corporate.url}"\n')

        added(filled, f"{corporate.url}/team/model/tree/main")

    locked = filled.read_lock().models["model"]
    assert (locked.source, locked.origin) == ("corp", "team/model")


@pytest.mark.parametrize("typed", ["../models/mine", "./../models/mine/"])
def test_a_relative_path_starts_where_it_was_typed(typed: str, filled: Workspace) -> None:
    below = filled.directory / "app"
    mine = filled.directory / "models" / "mine"
    below.mkdir()
    mine.mkdir(parents=True)
    (mine / "w.bin").write_bytes(b"w")
    request = AddRequest(origins=(typed,), directory=str(below))

    add(filled.project, filled.settings, Reporter(), request)

    assert 'local = "models/mine"' in manifest_of(filled).decode()


def test_an_absolute_path_stays_one(filled: Workspace, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "w.bin").write_bytes(b"w")

    added(filled, str(tmp_path / "mine"))

    assert f'local = "{(tmp_path / "mine").as_posix()}"' in manifest_of(filled).decode()


def test_what_is_there_already_is_locked_and_not_written_again(filled: Workspace) -> None:
    filled.write(MANIFEST)

    first = added(filled, "acme/minilm", "hf://acme/minilm")
    again = added(filled, "acme/minilm")

    assert manifest_of(filled).decode() == MANIFEST
    assert [entry.is_new for entry in (*first.entries, *again.entries)] == [False] * 3
    assert (first.lock.written, again.lock.written) == (True, False)


def test_the_same_origin_twice_in_one_command_is_added_once(filled: Workspace) -> None:
    result = added(filled, "acme/minilm", "https://huggingface.co/acme/minilm")

    assert [entry.is_new for entry in result.entries] == [True, False]
    assert manifest_of(filled) == b'[models.minilm]\nhub = "acme/minilm"\n'


@pytest.mark.parametrize(
    ("origins", "wish", "kind"),
    [
        (["acme/nothing", "acme/nowhere"], {}, SeveralErrors),
        (["acme/detector"], {"version": ">=9"}, NoVersionError),
        (["acme/detector"], {"version": "nine"}, ManifestError),
        (["acme/minilm"], {"name": "a b"}, UsageError),
        (["acme/minilm", "acme/detector"], {"name": "one"}, UsageError),
        (["acme/minilm", "acme/detector"], {"path": "one"}, UsageError),
        (["a/b/c"], {}, UsageError),
    ],
)
@pytest.mark.parametrize("manifest", [None, MANIFEST.replace("\n", "\r\n").rstrip()])
def test_what_cannot_be_locked_leaves_models_toml_as_it_was(
    manifest: str | None,
    origins: list[str],
    wish: dict[str, Any],
    kind: type[Exception],
    filled: Workspace,
) -> None:
    if manifest is not None:
        filled.write(manifest)
        (filled.directory / "models.toml").write_bytes(manifest.encode())
    before = {path.name: path.read_bytes() for path in filled.directory.iterdir()}

    with pytest.raises(kind):
        added(filled, *origins, **wish)

    assert {path.name: path.read_bytes() for path in filled.directory.iterdir()} == before


@pytest.mark.parametrize(
    ("manifest", "note"),
    [(None, "no models.toml was written"), (MANIFEST, "models.toml is as it was")],
)
def test_a_failure_says_what_became_of_models_toml(
    manifest: str | None, note: str, filled: Workspace
) -> None:
    if manifest is not None:
        filled.write(manifest)
    heard = Heard()

    with pytest.raises(NoVersionError):
        added(filled, "acme/detector", version=">=9", reporter=heard)

    assert heard.notes == [note]


@pytest.mark.slow
def test_an_interrupted_lock_leaves_models_toml_as_it_was(
    filled: Workspace, tmp_path: Path
) -> None:
    filled.write(MANIFEST)
    filled.hub.lies.add("/api/*", Lie.delay(LONG))
    running = subprocess.Popen(
        [sys.executable, "-m", "modellock", "add", "acme/detector"],
        cwd=filled.directory,
        env={**os.environ, "HF_ENDPOINT": filled.hub.url, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: filled.hub.requests)

    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=LONG)

    assert running.returncode == 130
    assert told == "models.toml is as it was\nerror: interrupted\n"
    assert [path.name for path in filled.directory.iterdir()] == ["models.toml"]
    assert manifest_of(filled).decode() == MANIFEST


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a child is killed")
@pytest.mark.slow
def test_a_killed_add_leaves_the_old_models_toml_or_the_new_and_can_be_repeated(
    filled: Workspace,
) -> None:
    (filled.directory / "mine").mkdir()
    (filled.directory / "mine" / "w.bin").write_bytes(b"w")
    entry = '\n[models.mine]\nlocal = "mine"\n'
    old, new = '[models.m]\nlocal = "mine"\n', f'[models.m]\nlocal = "mine"\n{entry}'
    seen = set()
    for change in range(1, 60):
        filled.write(old)
        (filled.directory / "models.lock").unlink(missing_ok=True)
        if not killed_before(change, lambda: added(filled, "./mine", name="mine")):
            break
        seen.add(manifest_of(filled).decode())
        added(filled, "./mine", name="mine")
        assert manifest_of(filled).decode() == new
        assert list(filled.read_lock().models) == ["m", "mine"]

    assert old in seen
    assert seen <= {old, new}


def test_a_new_models_toml_beside_a_lock_alone_is_refused(filled: Workspace) -> None:
    added(filled, "acme/minilm")
    (filled.directory / "models.toml").unlink()

    with pytest.raises(ManifestError, match=r"^models\.toml: not found in"):
        added(filled, "acme/detector")


def test_a_directory_named_like_a_repository_is_pointed_out(filled: Workspace) -> None:
    (filled.directory / "a" / "b" / "c").mkdir(parents=True)

    with pytest.raises(UsageError) as caught:
        added(filled, "a/b/c")

    assert caught.value.hint == "for a local directory: `modellock add ./a/b/c`"


def test_a_models_toml_that_somebody_else_edits_meanwhile_is_not_overwritten(
    filled: Workspace,
) -> None:
    filled.write(MANIFEST)

    class Editor(Reporter):
        def resolving(self, model: str) -> None:
            if model == "detector":
                filled.write("# theirs\n")

    with pytest.raises(ManifestError) as caught:
        added(filled, "acme/detector", reporter=Editor())

    assert str(caught.value) == "models.toml: was edited by somebody else meanwhile"
    assert manifest_of(filled).decode() == "# theirs\n"


@pytest.mark.skipif(os.name == "nt", reason="POSIX links and modes")
def test_a_models_toml_that_is_a_link_stays_one_and_its_file_keeps_its_mode(
    filled: Workspace, tmp_path: Path
) -> None:
    shared = tmp_path / "shared.toml"
    shared.write_text(MANIFEST)
    shared.chmod(0o640)
    link = filled.directory / "models.toml"
    link.symlink_to(shared)

    added(filled, "acme/detector")

    assert link.is_symlink()
    assert "detector" in parse_manifest(shared.read_text()).specs
    assert stat.S_IMODE(shared.stat().st_mode) == 0o640


def test_remove_drops_entries_and_asks_nobody(filled: Workspace) -> None:
    filled.write(MANIFEST)
    added(filled, "acme/detector", "github:acme/whisper-models")
    filled.hub.requests.clear()
    filled.github.requests.clear()

    result = removed(filled, "detector", "whisper-models", "detector")

    assert manifest_of(filled).decode() == MANIFEST
    assert list(filled.read_lock().models) == ["minilm"]
    assert result.removed == ("detector", "whisper-models")
    assert (list(filled.hub.requests), list(filled.github.requests)) == ([], [])


def test_the_last_model_can_be_removed(filled: Workspace) -> None:
    added(filled, "acme/minilm")

    removed(filled, "minilm")

    assert manifest_of(filled) == b""
    assert filled.read_lock().models == {}


def test_an_unknown_name_is_refused_before_anything_is_removed(filled: Workspace) -> None:
    filled.write(MANIFEST)

    with pytest.raises(UnknownNameError) as caught:
        removed(filled, "minilm", "minilmm")

    assert str(caught.value) == "'minilmm' is not a model of models.toml"
    assert caught.value.hint == "did you mean `minilm`?"
    assert manifest_of(filled).decode() == MANIFEST


def test_a_model_that_another_requires_goes_with_that_one(filled: Workspace) -> None:
    filled.hub.publish("acme/code", {"config.json": b"{}", "module.py": b""})
    auto_map = b'{"auto_map": {"AutoModel": "acme/code--module.Model"}}'
    filled.hub.publish("acme/remote", {"config.json": auto_map, "model.safetensors": b"w"})
    added(filled, "acme/remote")

    with pytest.raises(UnknownNameError) as caught:
        removed(filled, "acme/code")
    removed(filled, "remote")

    assert caught.value.hint == "`remote` requires it: `closure = false` there leaves it out"
    assert filled.read_lock().models == {}


def test_a_removal_that_cannot_be_locked_leaves_models_toml_as_it_was(filled: Workspace) -> None:
    filled.write(MANIFEST + '\n[models.detector]\nhub = "acme/detector"\n')
    filled.offline = True
    before, heard = manifest_of(filled), Heard()

    with pytest.raises(OfflineError):
        removed(filled, "detector", reporter=heard)

    assert manifest_of(filled) == before
    assert heard.notes == ["models.toml is as it was"]
