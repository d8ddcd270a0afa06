"""Programs that write over placed files: what they damage is found by the next sync, and healed.

A placed file is a hard link to a blob that other projects share, read-only: who owns it, and root,
can write to it all the same.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import ModellockError, ObstructedError, OfflineError
from modellock.ports.reporting import Reporter
from modellock.shell.store import Store
from modellock.testing import EmbeddedHub
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest
from tests.integration.filesystems import as_root, second_disk
from tests.integration.hub_client import HubClient, Question
from tests.integration.local_project import LocalProject, texts_below
from tests.integration.processes import Intruder, killed_before
from tests.integration.trees import NOBODY, as_nobody
from tests.integration.workspace import Heard, Workspace

pytestmark = pytest.mark.slow

FILES = {"config.json": '{"a": 1}', "weights.bin": "weights one", "sub/vocab.txt": "a b"}

IN_PLACE = {
    "appends": "echo more >> weights.bin",
    "overwrites bytes": "printf X | dd of=weights.bin conv=notrunc status=none",
    "truncates": "truncate --size 3 weights.bin",
    "copies over it": "printf 'weights six' > ../other && cp ../other weights.bin",
    "maps it": 'python3 -c \'import mmap; f = open("weights.bin", "r+b");'
    ' m = mmap.mmap(f.fileno(), 0); m[0:1] = b"X"; m.flush()\'',
    "opens it first": "chmod u+w weights.bin && printf 'weights six' > weights.bin",
}
"""Shell scripts, run in a model's directory, that write into the blob as well."""

BESIDE = {
    "edits a stream": "sed -i s/one/six/ weights.bin",
    "moves another there": "printf 'weights six' > ../other && mv -f ../other weights.bin",
    "forces a copy": "printf 'weights six' > ../other && rm weights.bin && cp ../other weights.bin",
}
"""Those that leave the blob alone."""

READ_ONLY = sorted(IN_PLACE.keys() - {"opens it first"})
"""What the mode of a blob prevents, but for root."""


@pytest.fixture
def memory() -> Iterator[Path]:
    with second_disk() as directory:
        directory.chmod(0o777)
        yield directory


@pytest.fixture
def project(memory: Path) -> LocalProject:
    return synced(memory / "one")


def synced(root: Path, store: Path | None = None) -> LocalProject:
    project = LocalProject(root, store=store)
    project.put("minilm", FILES)
    return project


def write(project: LocalProject, script: str, directory: str = "models/minilm") -> int:
    """Run a shell script in a model's directory; its exit code."""
    return subprocess.run(
        ["sh", "-ec", script], cwd=project.directory / directory, check=False, capture_output=True
    ).returncode


def check_whole(project: LocalProject) -> None:
    """What is placed is what is locked, the fast way knows it, and every blob is right."""
    shown = project.shown("models/minilm")
    assert {name: text for name, text in shown.items() if ".edited" not in name} == FILES
    assert project.unchanged() is not None
    store = Store(str(project.store))
    for digest in store.digests():
        with open(store.path_of(digest), "rb") as file:
            assert sha256_of_bytes(file.read()) == digest


def each_of(scripts: dict[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("script", scripts.values(), ids=scripts.keys())


@as_root
@each_of(IN_PLACE)
def test_a_write_through_a_hard_link_is_found_and_healed(
    script: str, project: LocalProject
) -> None:
    assert write(project, script) == 0
    edited = project.shown("models/minilm")["weights.bin"]
    assert edited != FILES["weights.bin"]

    assert project.unchanged() is None
    project.sync()

    assert project.shown("models/minilm")["weights.bin.edited"] == edited
    assert [warning.split(" to ")[0] for warning in project.heard.warnings] == [
        "store: a damaged blob was moved aside"
    ]
    assert project.heard.fetched == ["minilm/weights.bin"]
    check_whole(project)


@each_of(BESIDE)
def test_a_file_in_the_place_of_ours_is_found_and_costs_no_fetch(
    script: str, project: LocalProject
) -> None:
    assert write(project, script) == 0

    assert project.unchanged() is None
    project.sync()

    assert project.shown("models/minilm")["weights.bin.edited"] == "weights six"
    assert project.heard.warnings == project.heard.fetched == []
    check_whole(project)


@as_root
@pytest.mark.parametrize("writer", READ_ONLY)
def test_a_user_is_refused_to_write_through_a_hard_link(writer: str, memory: Path) -> None:
    def work() -> None:
        project = synced(memory / "user")
        assert write(project, IN_PLACE[writer]) != 0
        check_whole(project)

    as_nobody(work)


@as_root
@each_of({**BESIDE, "opens it first": IN_PLACE["opens it first"]})
def test_what_a_user_may_do_is_found_and_healed(script: str, memory: Path) -> None:
    def work() -> None:
        project = synced(memory / "user")
        assert write(project, script) == 0
        assert project.unchanged() is None
        project.sync()
        assert project.shown("models/minilm")["weights.bin.edited"] == "weights six"
        check_whole(project)

    as_nobody(work)


@as_root
@each_of(IN_PLACE)
def test_every_project_that_shares_the_blob_finds_the_damage_and_heals(
    script: str, memory: Path
) -> None:
    store = memory / "store"
    first, second = synced(memory / "one", store), synced(memory / "two", store)
    tree = memory / "image"
    second.sync(to=str(tree))
    write(first, script)

    for project in (second, first):
        assert project.unchanged() is None
        project.sync()
        check_whole(project)
    assert second.unchanged(to=str(tree)) is None
    second.sync(to=str(tree))

    assert texts_below(tree / "minilm").items() >= FILES.items()
    assert first.blob_files() == second.blob_files()
    weights = "models/minilm/weights.bin"
    assert os.path.samefile(first.directory / weights, second.directory / weights)
    assert os.path.samefile(first.directory / weights, tree / "minilm/weights.bin")


@as_root
@pytest.mark.parametrize("lost", ["v1/records", "v1"])
def test_damage_is_found_though_the_store_has_forgotten(lost: str, project: LocalProject) -> None:
    write(project, IN_PLACE["overwrites bytes"])
    assert project.store is not None
    shutil.rmtree(project.store / lost)

    project.sync()

    check_whole(project)


@as_root
def test_damage_is_found_though_the_project_has_forgotten(project: LocalProject) -> None:
    write(project, IN_PLACE["overwrites bytes"])
    shutil.rmtree(project.directory / ".modellock")

    with pytest.raises(ModellockError, match=r"1 file in the way that modellock did not place"):
        project.sync()
    project.sync(replace=True)

    check_whole(project)


@as_root
def test_a_new_project_never_gets_a_damaged_blob(project: LocalProject, memory: Path) -> None:
    write(project, IN_PLACE["overwrites bytes"])

    check_whole(synced(memory / "two", project.store))


@as_root
def test_another_right_copy_heals_without_a_fetch(project: LocalProject, memory: Path) -> None:
    project.sync(to=str(memory / "image"), link_mode=LinkMode.COPY)
    project.sync()
    write(project, IN_PLACE["appends"])
    shutil.rmtree(project.root / "origins")

    project.sync()

    assert project.heard.fetched == []
    check_whole(project)


@pytest.mark.parametrize("mode", [LinkMode.COPY, LinkMode.REFLINK])
def test_what_is_no_hard_link_takes_no_blob_along(mode: LinkMode, memory: Path) -> None:
    project = LocalProject(memory / "one")
    project.publish("minilm", FILES)
    project.lock()
    try:
        project.sync(link_mode=mode)
    except ModellockError:
        pytest.skip(f"no {mode} here")

    assert write(project, IN_PLACE["appends"]) == 0
    project.sync(link_mode=mode)

    assert project.heard.warnings == project.heard.fetched == []
    assert project.shown("models/minilm")["weights.bin.edited"] == "weights onemore\n"
    shown = project.shown("models/minilm")
    assert {name: shown[name] for name in FILES} == FILES


@as_root
def test_a_framework_that_saves_over_its_model_is_found_and_healed(project: LocalProject) -> None:
    # As transformers 5.23 saves: config.json is opened for writing, the weights come by a rename.
    save = """
        printf '{"a": 2}' > config.json
        printf 'trained' > weights.tmp && mv weights.tmp weights.bin
    """
    assert write(project, save) == 0

    project.sync()

    shown = project.shown("models/minilm")
    assert shown["config.json.edited"] == '{"a": 2}'
    assert shown["weights.bin.edited"] == "trained"
    check_whole(project)


def test_a_checkout_that_brings_another_version_is_found_and_healed(project: LocalProject) -> None:
    script = """
        git init -q && git config user.name Ada && git config user.email ada@corp.example
        git add -f models && git commit -qm placed
        rm models/minilm/weights.bin && printf 'weights six' > models/minilm/weights.bin
        git commit -qam edited && git checkout -q HEAD~1 && git checkout -q -
    """
    assert write(project, script, directory=".") == 0
    assert project.shown("models/minilm")["weights.bin"] == "weights six"

    project.sync()

    assert project.shown("models/minilm")["weights.bin.edited"] == "weights six"
    assert project.heard.fetched == project.heard.warnings == []
    check_whole(project)


def test_an_edit_that_was_taken_back_by_hand_is_no_edit(project: LocalProject) -> None:
    assert write(project, "chmod u+w weights.bin && printf 'weights one' > weights.bin") == 0

    project.sync()

    assert project.heard.warnings == project.heard.fetched == []
    assert project.shown("models/minilm") == FILES
    check_whole(project)


@as_root
@pytest.mark.parametrize("mode", [LinkMode.HARDLINK, LinkMode.COPY])
def test_a_kill_while_an_edit_is_healed_leaves_one_edited_file(
    mode: LinkMode, memory: Path
) -> None:
    for change in range(1, 400):
        project = LocalProject(memory / str(change))
        project.publish("minilm", FILES)
        project.lock()
        project.sync(link_mode=mode)
        write(project, IN_PLACE["overwrites bytes"])

        killed = killed_before(change, partial(project.sync, link_mode=mode))
        project.sync(link_mode=mode)

        edited = {"weights.bin.edited": "Xeights one"}
        assert project.shown("models/minilm") == {**FILES, **edited}
        shutil.rmtree(project.root)
        if not killed:
            return
    pytest.fail("a sync has more changes than were tried")


# huggingface_hub

REPOSITORY = "acme/minilm"
ONE = {"config.json": b'{"a": 1}', "model.safetensors": b"weights one"}
TWO = {"config.json": b'{"a": 2}', "model.safetensors": b"weights two"}


@pytest.fixture
def placed(workspace: Workspace, hub: EmbeddedHub) -> Workspace:
    """A model of which the Hub has moved on."""
    hub.publish(REPOSITORY, ONE)
    workspace.write('[models.minilm]\nhub = "acme/minilm"\n')
    workspace.lock()
    sync(workspace.project, workspace.settings, Reporter())
    hub.publish(REPOSITORY, TWO)
    return workspace


def client(workspace: Workspace) -> HubClient:
    home = workspace.root / "hf-home"
    return HubClient(cache=home / "hub", home=home, endpoint=workspace.hub.url)


def download(name: str, directory: Path | None = None) -> Question:
    asked = {"repo_id": REPOSITORY, "filename": name}
    return "hf_hub_download", asked if directory is None else {**asked, "local_dir": str(directory)}


def model_of(workspace: Workspace) -> Path:
    return workspace.directory / "models/minilm"


def heal(workspace: Workspace) -> Heard:
    heard = Heard()
    sync(workspace.project, workspace.settings, heard, SyncRequest())
    for name, content in ONE.items():
        assert (model_of(workspace) / name).read_bytes() == content
        assert (model_of(workspace) / f"{name}.edited").read_bytes() == TWO[name]
        assert sha256_of_bytes(content).value in workspace.blobs()
    return heard


def from_the_hub(workspace: Workspace) -> None:
    client(workspace).ask(*(download(name, model_of(workspace)) for name in TWO))


def from_its_cache(workspace: Workspace) -> None:
    client(workspace).ask(*(download(name) for name in TWO))
    from_the_hub(workspace)


def by_its_command(workspace: Workspace) -> None:
    ended = client(workspace).hf("download", REPOSITORY, "--local-dir", str(model_of(workspace)))
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("work", [from_the_hub, by_its_command])
def test_a_download_over_our_files_replaces_them_and_is_healed(
    work: Callable[[Workspace], None], placed: Workspace
) -> None:
    work(placed)
    assert (model_of(placed) / "config.json").read_bytes() == TWO["config.json"]

    assert heal(placed).warnings == []


@as_root
def test_a_download_that_copies_into_the_blob_is_healed(placed: Workspace) -> None:
    # What its cache has already, huggingface_hub 2.4 copies onto the path, which root may do.
    from_its_cache(placed)
    assert (model_of(placed) / "config.json").stat().st_nlink == 2

    heard = heal(placed)

    assert len(heard.warnings) == 2
    assert sorted(heard.started) == ["minilm/config.json", "minilm/model.safetensors"]


@as_root
def test_without_a_network_damage_is_told_and_nothing_is_lost(placed: Workspace) -> None:
    from_its_cache(placed)
    placed.offline = True

    with pytest.raises(OfflineError, match="not in the store"):
        sync(placed.project, placed.settings, Reporter())
    assert (model_of(placed) / "config.json").read_bytes() == TWO["config.json"]
    placed.offline = False

    heal(placed)


@as_root
def test_a_user_cannot_download_into_a_blob(placed: Workspace) -> None:
    """The cache belongs to the user, and the project to root."""
    user = HubClient(
        cache=placed.root / "hub",
        home=placed.root / "hf-home",
        endpoint=placed.hub.url,
        user=NOBODY,
    )
    placed.root.chmod(0o777)
    (answer,) = user.ask(download("config.json", model_of(placed)))

    assert answer == "PermissionError"
    assert (model_of(placed) / "config.json").read_bytes() == ONE["config.json"]


# While a sync is under way


def write_into_a_blob(project: LocalProject) -> None:
    blob = Store(str(project.store)).path_of(sha256_of_bytes(FILES["config.json"].encode()))
    with open(blob, "r+b") as file:
        file.write(b"X")
    # However coarse the file system's clock is.
    os.utime(blob, (1, 1))


@pytest.fixture(params=["as a whole", "file by file"])
def emptied(request: pytest.FixtureRequest, memory: Path) -> LocalProject:
    """A project that lost its files, and may have one that is not ours, with a filled store."""
    project = synced(memory / "one")
    shutil.rmtree(project.directory / "models")
    if request.param == "file by file":
        (project.directory / "models/minilm").mkdir(parents=True)
        (project.directory / "models/minilm/notes.txt").write_text("mine")
    return project


@as_root
@pytest.mark.parametrize(
    ("moment", "mode"),
    [
        ("os.link", LinkMode.HARDLINK),
        ("os.utime", LinkMode.COPY),
    ],
)
def test_nothing_is_made_from_a_blob_that_is_written_to_meanwhile(
    moment: str, mode: LinkMode, emptied: LocalProject
) -> None:
    with (
        Intruder(moment, lambda: write_into_a_blob(emptied)),
        pytest.raises(ObstructedError, match="was written to by somebody else during the sync"),
    ):
        emptied.sync(link_mode=mode)

    assert "config.json" not in emptied.shown("models/minilm")
    emptied.sync(link_mode=mode)
    shown = emptied.shown("models/minilm")
    assert {name: shown[name] for name in FILES} == FILES
    assert emptied.heard.fetched == ["minilm/config.json"]


@as_root
def test_a_blob_that_is_written_to_just_before_its_file_shows_is_healed_by_the_next_sync(
    project: LocalProject,
) -> None:
    shutil.rmtree(project.directory / "models")
    with Intruder("os.rename", lambda: write_into_a_blob(project), about="models/minilm"):
        project.sync()
    assert project.shown("models/minilm")["config.json"] == 'X"a": 1}'

    assert project.unchanged() is None
    project.sync()

    check_whole(project)
