"""What the mirrors of a stranger's models.lock can reach, and what they learn: next to nothing."""

import os
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from modellock.documents.keys import Mirror
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import Lock
from modellock.errors import LockfileError, ModellockError
from modellock.ports.settings import Endpoints, Settings
from modellock.shell.local_files import file_url
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import Staleness, SyncRequest
from tests.integration.workspace import Heard, Workspace
from tests.waiting import LONG

FROZEN = SyncRequest(staleness=Staleness.FROZEN)
SECRET = b"PASSWORD=hunter2\n"


@pytest.fixture
def locked(workspace: Workspace) -> Workspace:
    """A lock whose origin is gone, on a machine with a token; its one file is as long as SECRET."""
    workspace.hub.publish("acme/m", {"w.bin": b"w" * len(SECRET)})
    workspace.write('[models.m]\nhub = "acme/m"\ninclude = ["w.bin"]\n')
    workspace.lock()
    for blob in (workspace.store / "v1" / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    workspace.hub.delete("acme/m")
    workspace.environ = {"HF_TOKEN": "hf_secret", "MODELLOCK_TOKEN_LOCALHOST": "secret"}
    return workspace


def poisoned(workspace: Workspace, *mirrors: Mirror) -> None:
    """The lock with mirrors that its reader never wrote; there is no models.toml."""
    lock = workspace.read_lock()
    model = replace(lock.models["m"], mirrors=mirrors)
    text = format_lock(Lock(settings=lock.settings, models={"m": model}))
    (workspace.directory / "models.lock").write_text(text, encoding="utf-8")
    (workspace.directory / "models.toml").unlink(missing_ok=True)


def unnamed(workspace: Workspace) -> Settings:
    """Settings whose environment names no host of this machine."""
    return replace(workspace.settings, endpoints=Endpoints())


def told(workspace: Workspace, settings: Settings | None = None) -> str:
    """All that anybody could read of a sync that failed."""
    heard = Heard()
    with pytest.raises(ModellockError) as caught:
        sync(workspace.project, settings or workspace.settings, heard, FROZEN)
    lines = [str(caught.value), str(caught.value.hint), *heard.warnings, *heard.notes]
    return "\n".join([*lines, *heard.details])


def test_no_host_of_this_machine_is_asked(locked: Workspace) -> None:
    with EmbeddedFiles({"/w.bin": b"w" * len(SECRET)}) as files:
        port = files.url.rpartition(":")[2]
        poisoned(locked, f"http://localhost:{port}/{{path}}")

        told(locked)

        assert len(files.requests) == 0
    assert locked.blobs() == []


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "10.0.0.1", "192.168.1.1", "[::ffff:169.254.169.254]"]
)
def test_no_host_of_a_private_network_is_asked(locked: Workspace, host: str) -> None:
    poisoned(locked, f"http://{host}/latest/meta-data/{{path}}")

    assert "and neither models.toml nor the environment names it" in told(locked)


def test_a_url_as_an_origin_is_held_to_the_same(workspace: Workspace) -> None:
    with EmbeddedFiles({"/w.bin": b"w"}) as files:
        workspace.write(f'[models.m]\nurl = "{files.url}/w.bin"\n')
        workspace.lock()
        (workspace.directory / "models.toml").unlink()
        (workspace.store / "v1").rename(workspace.root / "elsewhere")
        files.requests.clear()

        words = told(workspace, unnamed(workspace))

        assert len(files.requests) == 0
    assert "127.0.0.1 is this machine, and neither models.toml" in words


def test_a_host_that_the_environment_names_is_asked(locked: Workspace) -> None:
    with EmbeddedFiles({"/w.bin": b"w" * len(SECRET)}) as files:
        port = files.url.rpartition(":")[2]
        poisoned(locked, f"http://localhost:{port}/{{path}}")
        settings = locked.settings.naming(frozenset(["localhost"]))

        sync(locked.project, settings, Heard(), FROZEN)

        (request,) = files.requests
        assert request.headers.get("Authorization") is None


def test_a_mirror_learns_what_the_lock_says_and_nothing_else(locked: Workspace) -> None:
    with EmbeddedFiles() as files:
        poisoned(locked, f"{files.url}/{{name}}/{{path}}/{{commit}}/{{sha256}}")

        told(locked)

        (request,) = files.requests
    model = locked.read_lock().models["m"]
    assert request.target == f"/m/w.bin/{model.commit}/{model.files[0].digest.value}"
    names = {name.lower() for name in request.headers}
    assert names == {"host", "accept", "accept-encoding", "connection", "user-agent"}


def test_no_file_of_this_machine_gets_into_the_store_or_into_a_message(
    locked: Workspace, tmp_path: Path
) -> None:
    secret = tmp_path / "credentials"
    secret.write_bytes(SECRET)
    poisoned(locked, file_url(str(secret)))

    words = told(locked)

    assert f"mirror {file_url(str(secret))}: has other bytes than models.lock says" in words
    assert "hunter2" not in words
    assert sha256_of_bytes(SECRET).value not in words
    assert locked.blobs() == []


def test_of_a_file_of_another_size_not_even_that_is_told(locked: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "credentials"
    secret.write_bytes(SECRET * 1234)
    poisoned(locked, file_url(str(secret)))

    words = told(locked)

    assert str(len(SECRET) * 1234) not in words
    assert "20978" not in words


def test_nothing_waits_for_a_pipe_or_a_device_or_reads_a_directory(
    locked: Workspace, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        names = [str(tmp_path / name) for name in ("pipe", "folder", "socket")]
        poisoned(locked, *map(file_url, [*names, "/dev/zero", "/dev/stdin", "/proc/self/mem"]))

        words = told(locked)

    assert words.count("does not have it") + words.count("has other bytes") >= 6


@pytest.mark.skipif(not os.path.exists("/proc/kmsg"), reason="a file that never ends")
def test_a_file_without_a_size_is_not_read_even_for_an_empty_one(workspace: Workspace) -> None:
    workspace.hub.publish("acme/m", {"__init__.py": b""})
    workspace.write('[models.m]\nhub = "acme/m"\ninclude = ["__init__.py"]\n')
    workspace.lock()
    poisoned(workspace, "file:///proc/kmsg")
    workspace.hub.delete("acme/m")
    for blob in (workspace.store / "v1" / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    done = threading.Event()

    def run() -> None:
        sync(workspace.project, workspace.settings, Heard(), FROZEN)
        done.set()

    threading.Thread(target=run, daemon=True).start()

    assert done.wait(LONG)
    assert (workspace.directory / "models" / "m" / "__init__.py").read_bytes() == b""


@pytest.mark.parametrize(
    "mirror",
    [
        "file://server/share/{path}",
        "file:////server/share/{path}",
        "https://{sha256}.evil.example/",
        "https://user:hunter2@evil.example/{path}",
        "https://evil.example/{path}?token=x",
        "https://evil.example/{HOME}",
        "gopher://evil.example/{path}",
        "https://evil.example/\x1b[31m",
        (("hub", "../../evil"),),
        (("hub", "acme/m"), ("revision", "../../api")),
        (("github", "acme/m"), ("tag", "../../../x")),
    ],
)
def test_what_no_models_toml_could_say_is_refused_before_anything_is_sent(
    locked: Workspace, mirror: Mirror
) -> None:
    poisoned(locked, mirror)
    locked.hub.requests.clear()

    with pytest.raises(LockfileError) as caught:
        sync(locked.project, locked.settings, Heard(), FROZEN)

    assert len(locked.hub.requests) == 0
    assert str(caught.value).isprintable()
    assert "hunter2" not in str(caught.value)


def test_a_model_that_only_others_require_has_no_mirrors_of_its_own(locked: Workspace) -> None:
    lock = locked.read_lock()
    model = lock.models["m"]
    required = replace(
        model,
        name="acme/m",
        requested=(),
        required_by=("m",),
        revision="main",
        layout=None,
        mirrors=("https://evil.example/{path}",),
    )
    models = {"m": model, "acme/m": required}
    text = format_lock(Lock(settings=lock.settings, models=models))
    (locked.directory / "models.lock").write_text(text, encoding="utf-8")

    with pytest.raises(LockfileError, match=r"mirrors is refused: models\.toml asks for no such"):
        sync(locked.project, locked.settings, Heard(), FROZEN)


def test_with_models_toml_a_mirror_that_it_does_not_name_is_a_stale_lock(
    locked: Workspace,
) -> None:
    manifest = (locked.directory / "models.toml").read_text(encoding="utf-8")
    poisoned(locked, "https://evil.example/{path}")
    locked.write(manifest)

    with pytest.raises(ModellockError, match="m: mirrors") as caught:
        sync(locked.project, locked.settings, Heard())

    assert caught.value.code == "stale-lock"


def test_a_mirror_that_answers_forever_is_left_at_the_first_byte_too_many(
    locked: Workspace,
) -> None:
    with EmbeddedFiles({"/w.bin": b"w" * len(SECRET)}) as files:
        files.lies.add("/w.bin", Lie.content(b"w" * 1_000_000))
        poisoned(locked, f"{files.url}/{{path}}")

        assert "has other bytes than models.lock says" in told(locked)


def test_a_hash_that_fits_is_all_that_is_asked_of_a_file(locked: Workspace, tmp_path: Path) -> None:
    (tmp_path / "any-name").write_bytes(b"w" * len(SECRET))
    poisoned(locked, file_url(str(tmp_path / "any-name")))

    sync(locked.project, locked.settings, Heard(), FROZEN)

    assert locked.blobs() == [sha256_of_bytes(b"w" * len(SECRET)).value]
