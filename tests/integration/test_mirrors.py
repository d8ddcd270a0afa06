"""Other places for the same bytes: tried in turn, trusted for nothing but their hash."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.errors import (
    GoneError,
    LockfileError,
    ManifestError,
    ModellockError,
    OfflineError,
    StaleLockError,
)
from modellock.shell.local_files import file_url
from modellock.testing import EmbeddedFiles, Lie
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import Staleness, SyncRequest, SyncResult
from tests.integration.workspace import Heard, Workspace
from tests.waiting import LONG, at_once

WEIGHTS = b"w" * 99
CONFIG = b"{}"
FILES: dict[str, bytes | None] = {"config.json": CONFIG, "model.safetensors": WEIGHTS}
FROZEN = SyncRequest(staleness=Staleness.FROZEN)


@pytest.fixture
def mirror() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({f"/m/{path}": content or b"" for path, content in FILES.items()}) as files:
        yield files


def synced(
    workspace: Workspace, heard: Heard | None = None, request: SyncRequest | None = None
) -> SyncResult:
    return sync(workspace.project, workspace.settings, heard or Heard(), request)


def locked(workspace: Workspace, *mirrors: str, settings: str = "") -> None:
    """A model of the Hub, locked and then gone from every store."""
    workspace.hub.publish("acme/m", FILES)
    written = f"mirrors = [{', '.join(mirrors)}]\n" if mirrors else ""
    workspace.write(f'{settings}[models.m]\nhub = "acme/m"\n{written}')
    workspace.lock()
    forget_blobs(workspace)


def forget_blobs(workspace: Workspace) -> None:
    for path in (workspace.store / "v1" / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()


def placed(workspace: Workspace) -> dict[str, bytes]:
    root = workspace.directory / "models" / "m"
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def failed(workspace: Workspace, request: SyncRequest | None = None) -> ModellockError:
    with pytest.raises(ModellockError) as caught:
        synced(workspace, request=request)
    return caught.value


def test_a_mirror_is_not_asked_while_the_origin_serves(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    locked(workspace, f'"{mirror.url}/{{name}}/{{path}}"')
    heard = Heard()

    synced(workspace, heard)

    assert placed(workspace) == FILES
    assert len(mirror.requests) == 0
    assert heard.warnings == []


def test_a_deleted_repository_is_rescued_by_a_mirror_with_one_warning(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    locked(workspace, f'"{mirror.url}/{{name}}/{{path}}"')
    workspace.hub.delete("acme/m")
    heard = Heard()

    synced(workspace, heard)

    assert placed(workspace) == FILES
    host = workspace.hub.url.removeprefix("http://")
    (warning,) = heard.warnings
    assert warning == (
        f"m: the origin may be gone: {host} wants a token, and none was sent: the repository is "
        'missing, private or gated; it says "Invalid username or password."; '
        f"2 files came from {mirror.url}/{{name}}/{{path}} | "
        "`modellock verify --upstream m` says what upstream still has"
    )


def test_a_moved_url_is_rescued_by_a_mirror(workspace: Workspace, mirror: EmbeddedFiles) -> None:
    with EmbeddedFiles({"/latest/pose.task": WEIGHTS}) as origin:
        mirror.files["/pose.task"] = WEIGHTS
        workspace.write(
            f'[models.m]\nurl = "{origin.url}/latest/pose.task"\n'
            f'mirrors = ["{mirror.url}/{{path}}"]\n'
        )
        workspace.lock()
        forget_blobs(workspace)
        del origin.files["/latest/pose.task"]
        heard = Heard()

        synced(workspace, heard)

    assert placed(workspace) == {"pose.task": WEIGHTS}
    (warning,) = heard.warnings
    assert "m: the origin is gone: " in warning
    assert "answered 404 Not Found; 1 file came from" in warning


@pytest.mark.slow
def test_an_origin_that_nobody_answers_for_is_rescued_by_a_mirror(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    with EmbeddedFiles({"/pose.task": WEIGHTS}) as origin:
        mirror.files["/pose.task"] = WEIGHTS
        workspace.write(
            f'[models.m]\nurl = "{origin.url}/pose.task"\nmirrors = ["{mirror.url}/{{path}}"]\n'
        )
        workspace.lock()
        forget_blobs(workspace)
    heard = Heard()

    synced(workspace, heard)

    assert placed(workspace) == {"pose.task": WEIGHTS}
    (warning,) = heard.warnings
    assert "cannot be reached: Connection refused; 1 file came from" in warning


def test_mirrors_are_tried_in_order_and_those_of_all_models_last(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    with EmbeddedFiles() as first, EmbeddedFiles() as last:
        last.files = dict(mirror.files)
        mirror.files.clear()
        locked(
            workspace,
            f'"{first.url}/{{name}}/{{path}}"',
            f'"{mirror.url}/{{name}}/{{path}}"',
            settings=f'[settings]\nmirrors = ["{last.url}/{{name}}/{{path}}"]\n',
        )
        workspace.hub.delete("acme/m")

        synced(workspace)

        assert placed(workspace) == FILES
        assert (len(first.requests), len(mirror.requests), len(last.requests)) == (2, 2, 2)


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (Lie.WRONG_BYTES, "has other bytes than models.lock says"),
        (Lie.SHORTER, "has other bytes than models.lock says"),
        (Lie.HTML_PAGE, "sends something else than the file"),
        (Lie.GZIP, "sends something else than the file"),
        (Lie.status(404), "does not have it"),
        (Lie.status(401), "wants a token, and a mirror gets none"),
    ],
)
def test_a_place_that_fails_or_lies_is_named_once_and_left_for_the_next(
    workspace: Workspace, mirror: EmbeddedFiles, lie: Lie, words: str
) -> None:
    with EmbeddedFiles(mirror.files) as liar:
        liar.lies.add("/m/*", lie)
        locked(workspace, f'"{liar.url}/{{name}}/{{path}}"', f'"{mirror.url}/{{name}}/{{path}}"')
        workspace.hub.delete("acme/m")
        heard = Heard()

        synced(workspace, heard)

        assert placed(workspace) == FILES
        _, warning = heard.warnings
        assert warning == (
            f"mirror {liar.url}/{{name}}/{{path}}: {words}: m/config.json and 1 more | "
            "another place had the right bytes"
        )


def test_where_every_place_fails_the_origin_decides_and_each_mirror_has_a_line(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    mirror.lies.add("/m/*", Lie.WRONG_BYTES)
    locked(workspace, f'"{mirror.url}/{{name}}/{{path}}"', '"file:///nowhere/{sha256}"')
    workspace.hub.delete("acme/m")
    workspace.environ = {"HF_TOKEN": "hf_ada"}
    workspace.hub.tokens["hf_ada"] = []

    error = failed(workspace)

    assert isinstance(error, GoneError)
    lines = str(error).splitlines()
    assert lines[0].startswith("m: 2 files not fetched: ")
    assert lines[1:] == [
        f"  mirror {mirror.url}/{{name}}/{{path}}: has other bytes than models.lock says",
        "  mirror file:///nowhere/{sha256}: does not have it",
    ]
    assert placed(workspace) == {}
    assert workspace.blobs() == []


def test_an_origin_that_lies_is_named_while_a_mirror_serves(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    locked(workspace, f'"{mirror.url}/{{name}}/{{path}}"')
    workspace.hub.lies.add("model.safetensors", Lie.WRONG_BYTES)
    heard = Heard()

    synced(workspace, heard)

    assert placed(workspace) == FILES
    (warning,) = heard.warnings
    assert warning.startswith(
        "m: the origin has other bytes than models.lock says; 1 file came from"
    )


def test_another_repository_of_the_hub_is_a_mirror(workspace: Workspace) -> None:
    workspace.hub.publish("keep/copy", FILES, tag="v1")
    workspace.hub.publish("keep/copy", {"model.safetensors": b"newer"})
    locked(workspace, '{ hub = "keep/copy", revision = "v1" }')
    workspace.hub.delete("acme/m")

    synced(workspace)

    assert placed(workspace) == FILES


def test_a_repository_without_a_revision_is_asked_for_main(workspace: Workspace) -> None:
    workspace.hub.publish("keep/copy", FILES)
    locked(workspace, '{ hub = "keep/copy" }')
    workspace.hub.delete("acme/m")

    synced(workspace)

    assert placed(workspace) == FILES


def test_a_release_of_github_is_a_mirror(workspace: Workspace) -> None:
    workspace.github.publish(
        "keep/copy", "v1", {"config.json": CONFIG, "model.safetensors": WEIGHTS}
    )
    locked(workspace, '{ github = "keep/copy", tag = "v1" }')
    workspace.hub.delete("acme/m")

    synced(workspace)

    assert placed(workspace) == FILES


def test_a_release_of_the_same_tag_is_a_mirror_of_a_release(workspace: Workspace) -> None:
    workspace.github.publish("acme/m", "v1.0", {"w.bin": WEIGHTS})
    workspace.github.publish("keep/copy", "v1.0", {"w.bin": WEIGHTS})
    workspace.write('[models.m]\ngithub = "acme/m"\nmirrors = [{ github = "keep/copy" }]\n')
    workspace.lock()
    forget_blobs(workspace)
    workspace.github.delete("acme/m")

    synced(workspace)

    assert placed(workspace) == {"w.bin": WEIGHTS}


def test_a_directory_of_this_machine_is_a_mirror_also_without_a_network(
    workspace: Workspace, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for content in (CONFIG, WEIGHTS):
        (stick / hashlib.sha256(content).hexdigest()).write_bytes(content)
    locked(workspace, f'"{file_url(str(stick))}/{{sha256}}"')
    workspace.offline = True
    workspace.hub.requests.clear()

    synced(workspace)

    assert placed(workspace) == FILES
    assert len(workspace.hub.requests) == 0


def test_offline_what_no_directory_has_is_told_as_missing(
    workspace: Workspace, tmp_path: Path
) -> None:
    locked(workspace, f'"{file_url(str(tmp_path))}/{{sha256}}"')
    workspace.offline = True

    assert isinstance(failed(workspace), OfflineError)


def test_the_file_of_a_mirror_may_be_a_link(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(WEIGHTS)
    (tmp_path / "model.safetensors").symlink_to("blob")
    locked(workspace, f'"{file_url(str(tmp_path))}/{{path}}"')
    workspace.hub.lies.add("model.safetensors", Lie.status(404))

    synced(workspace)

    assert placed(workspace) == FILES


def test_models_lock_alone_has_all_that_mirrors_need(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    locked(workspace, settings=f'[settings]\nmirrors = ["{mirror.url}/{{name}}/{{path}}"]\n')
    os.unlink(workspace.directory / "models.toml")
    workspace.hub.delete("acme/m")

    synced(workspace)

    assert placed(workspace) == FILES


def test_a_mirror_gets_no_token_whoever_it_belongs_to(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    locked(workspace, f'"{mirror.url}/{{name}}/{{path}}"', '{ hub = "keep/copy" }')
    workspace.hub.delete("acme/m")
    workspace.hub.publish("keep/copy", FILES)
    mirror.files.clear()
    workspace.hub.tokens["hf_ada"] = []
    workspace.environ = {"HF_TOKEN": "hf_ada", "MODELLOCK_TOKEN_127_0_0_1": "secret"}
    workspace.hub.requests.clear()

    synced(workspace)

    assert placed(workspace) == FILES
    assert [request.headers.get("Authorization") for request in mirror.requests] == [None, None]
    of_origin, of_copy = (
        [one.headers.get("Authorization") for one in workspace.hub.requests if name in one.target]
        for name in ("acme/m", "keep/copy")
    )
    assert set(of_origin) == {"Bearer hf_ada"}
    assert set(of_copy) == {None}


def test_a_mirror_that_is_added_asks_for_nothing_but_a_lock(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    locked(workspace)
    workspace.write(f'[models.m]\nhub = "acme/m"\nmirrors = ["{mirror.url}/{{name}}/{{path}}"]\n')
    with pytest.raises(StaleLockError, match=r"m: mirrors not set in models\.lock"):
        synced(workspace)
    workspace.hub.requests.clear()

    workspace.lock()

    assert len(workspace.hub.requests) == 0
    assert f'mirrors = ["{mirror.url}/{{name}}/{{path}}"]\n' in workspace.lock_text


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('[models.m]\nhub = "acme/m"\nmirrors = ["https://m.example/{version}"]\n', "models.m"),
        ('[models.m]\nhub = "acme/m"\nmirrors = [{ github = "a/b" }]\n', "models.m"),
        (
            '[settings]\nmirrors = ["https://m.example/{tag}"]\n[models.m]\nhub = "acme/m"\n',
            "settings",
        ),
    ],
)
def test_a_placeholder_that_a_model_cannot_fill_is_an_error_at_lock(
    workspace: Workspace, written: str, key: str
) -> None:
    workspace.hub.publish("acme/m", FILES)
    workspace.write(written)

    with pytest.raises(ManifestError, match=rf"^models\.toml: {key}\.mirrors\[0\] is refused: it"):
        workspace.lock()

    assert not (workspace.directory / "models.lock").exists()


def test_a_lock_whose_mirror_cannot_be_filled_is_refused(workspace: Workspace) -> None:
    locked(workspace, '"https://m.example/{commit}"')
    text = workspace.lock_text.replace("{commit}", "{version}")
    (workspace.directory / "models.lock").write_text(text, encoding="utf-8")

    with pytest.raises(LockfileError, match=r"needs `\{version\}`, and m has no version"):
        synced(workspace, request=FROZEN)


def test_lock_takes_bytes_of_a_known_hash_from_a_mirror(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    mirror.files["/gone.task"] = WEIGHTS
    sha256 = hashlib.sha256(WEIGHTS).hexdigest()
    workspace.write(
        f'[models.m]\nurl = "{mirror.url}/m/gone.task"\nsha256 = "{sha256}"\n'
        f'mirrors = ["{mirror.url}/{{path}}"]\n'
    )
    heard = Heard()

    workspace.lock(reporter=heard)

    (warning,) = heard.warnings
    assert warning.startswith("m: ")
    assert sha256 in workspace.lock_text


def test_lock_believes_no_mirror_without_a_hash(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    mirror.files["/gone.task"] = WEIGHTS
    workspace.write(
        f'[models.m]\nurl = "{mirror.url}/m/gone.task"\nmirrors = ["{mirror.url}/{{path}}"]\n'
    )

    with pytest.raises(ModellockError, match="404"):
        workspace.lock()

    assert {request.target for request in mirror.requests} == {"/m/gone.task"}


def test_lock_asks_no_mirror_what_to_choose(workspace: Workspace) -> None:
    workspace.hub.publish("keep/copy", FILES)
    workspace.write('[models.m]\nhub = "acme/m"\nmirrors = [{ hub = "keep/copy" }]\n')

    with pytest.raises(ModellockError, match="acme/m"):
        workspace.lock()


@pytest.mark.slow
def test_a_stalled_mirror_is_left_for_the_next(workspace: Workspace, mirror: EmbeddedFiles) -> None:
    with EmbeddedFiles(mirror.files) as broken:
        broken.lies.add("/m/model.safetensors", Lie.RESET_MIDWAY)
        locked(workspace, f'"{broken.url}/{{name}}/{{path}}"', f'"{mirror.url}/{{name}}/{{path}}"')
        workspace.hub.lies.add("model.safetensors", Lie.status(404))
        heard = Heard()

        synced(workspace, heard)

    assert placed(workspace) == FILES
    assert any("breaks off, or stops sending" in warning for warning in heard.warnings)


def test_an_origin_that_wants_patience_is_left_for_a_mirror_that_wants_none(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    locked(workspace, f'"{mirror.url}/{{name}}/{{path}}"')
    workspace.hub.lies.add("*", Lie.status(429, retry_after=LONG))
    heard = Heard()

    with at_once():
        synced(workspace, heard)

    assert placed(workspace) == FILES
    assert len(heard.warnings) == 1


def test_of_a_replaced_asset_a_mirror_may_have_the_old_bytes(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    mirror.files["/w.bin"] = WEIGHTS
    workspace.github.publish("acme/m", "v1.0", {"w.bin": WEIGHTS})
    workspace.write(f'[models.m]\ngithub = "acme/m"\nmirrors = ["{mirror.url}/{{path}}"]\n')
    workspace.lock()
    forget_blobs(workspace)
    workspace.github.repository("acme/m").set_asset("v1.0", "w.bin", b"other")
    heard = Heard()

    synced(workspace, heard)

    assert placed(workspace) == {"w.bin": WEIGHTS}
    (warning,) = heard.warnings
    assert "came from" in warning


def test_a_near_mirror_that_models_toml_names_is_asked(
    workspace: Workspace, mirror: EmbeddedFiles
) -> None:
    port = mirror.url.rpartition(":")[2]
    locked(workspace, f'"http://localhost:{port}/{{name}}/{{path}}"')
    workspace.hub.delete("acme/m")

    synced(workspace)

    assert placed(workspace) == FILES


def test_by_models_lock_alone_it_is_not(workspace: Workspace, mirror: EmbeddedFiles) -> None:
    port = mirror.url.rpartition(":")[2]
    locked(workspace, f'"http://localhost:{port}/{{name}}/{{path}}"')
    workspace.hub.delete("acme/m")

    error = failed(workspace, FROZEN)

    assert "localhost" in str(error)
    assert "neither models.toml nor the environment names it" in str(error)
    assert len(mirror.requests) == 0
