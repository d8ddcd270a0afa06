"""With `--json` there is one document on stdout, whatever the command and however it ends."""

import pytest

from tests.cli.command import Command
from tests.cli.world import declare, declare_local


@pytest.fixture
def synced(modellock: Command) -> Command:
    declare_local(modellock)
    modellock.lock()
    modellock.sync()
    return modellock


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("lock --check", {"written", "merged", "models", "files", "size", "fetched", "changes",
                          "left_out"}),
        ("update --all", {"written", "merged", "models", "files", "size", "fetched", "changes",
                          "left_out"}),
        ("outdated", {"outdated", "models", "untold", "findings"}),
        ("verify", {"whole", "deep", "models", "files", "size", "blobs", "hashed_at", "mixed",
                    "faults", "fetched", "repaired", "kept"}),
        ("verify --upstream", {"whole", "models", "files", "size", "warnings", "unsure",
                               "fetched"}),
        ("path small", {"model", "file", "path"}),
        ("tree", {"models", "files", "size", "distinct", "tree"}),
        ("why small", {"what", "known", "model", "placed", "sha256", "files", "nearest"}),
        ("completion bash", {"shell", "script"}),
        ("sync --help", {"page"}),
    ],
)  # fmt: skip
def test_a_result_is_one_document(line: str, keys: set[str], synced: Command) -> None:
    ended = synced.run("--json", *line.split())

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.document.keys() == {"schema", "command", "ok"} | keys
    assert (ended.document["schema"], ended.document["ok"]) == (1, True)


@pytest.mark.parametrize("command", ["lock", "sync", "status", "verify", "path small"])
def test_a_failure_is_one_document(command: str, modellock: Command) -> None:
    declare(modellock, "[models.small]\nlocl = 'x'\n")
    (modellock.folder / "models.lock").write_text("<<<<<<< ours\n")

    ended = modellock.run(*command.split(), "--json")

    assert ended.code == 2
    assert ended.document.keys() == {"schema", "command", "ok", "error", "errors"}
    assert ended.document["command"] == command.split(maxsplit=1)[0]
    assert ended.document["error"]["code"] in ("invalid-manifest", "conflict-markers")
    assert ended.document["errors"] == [ended.document["error"]]
