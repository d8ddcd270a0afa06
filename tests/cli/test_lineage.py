"""`tree` and `why`, over a lock whose models require others."""

import pytest

from tests.cli.command import Command
from tests.cli.world import closure_lock, declare_local, settled

CODE = "nomic-ai/nomic-bert-2048"
SECOND = f"{CODE}@eb26c2ddbbc7"
CONFIG = "7dc96f776c8423e57a2785489a3f9c43fb6e756876d6ad9a9cac4aa4e72ec193"


@pytest.fixture
def locked(modellock: Command) -> Command:
    """A lock alone, as on a machine that syncs frozen."""
    (modellock.folder / "models.lock").write_text(closure_lock(), encoding="utf-8")
    return modellock


@pytest.fixture
def synced(modellock: Command) -> Command:
    declare_local(modellock, weights="w", config="c")
    modellock.lock()
    modellock.sync()
    return modellock


def test_a_tree_shows_sizes_versions_and_who_requires_whom(locked: Command) -> None:
    ended = locked.run("tree")

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == (
        "embed  main (cfff27c96089), 1 file (5 bytes)\n"
        "└── nomic-ai/nomic-bert-2048  main (7b964cd933b2), 2 files (12 bytes)\n"
        f"    └── {SECOND}  refs/pr/3 (eb26c2ddbbc7), 1 file (2 bytes)\n"
        "reranker  main (843cbacc61c8), 1 file (4 bytes)\n"
        "├── gpt2  main (b533ba679e74), 1 file (1 byte)\n"
        f"└── {SECOND}  refs/pr/3 (eb26c2ddbbc7), 1 file (2 bytes)\n"
        "5 models, 6 files (24 bytes)\n"
    )


def test_a_tree_can_be_cut(locked: Command) -> None:
    ended = locked.run("tree", "embed", "--depth", "2")

    assert ended.stdout == (
        "embed  main (cfff27c96089), 1 file (5 bytes)\n"
        "└── nomic-ai/nomic-bert-2048  main (7b964cd933b2), 2 files (12 bytes), …\n"
        "2 models, 3 files (17 bytes)\n"
    )


def test_a_tree_tells_what_is_shared_and_what_is_not_followed(modellock: Command) -> None:
    declare_local(modellock, "one", weights="w" * 50, config="1")
    declare_local(modellock, "two", weights="w" * 50, config="2")
    modellock.run("lock")
    lock = modellock.folder / "models.lock"
    lock.write_text(
        closure_lock().replace("size = 4", "closure = false\nsize = 4", 1)
        + "\n"
        + lock.read_text().partition("\n\n")[2]
    )

    ended = modellock.run("tree", "one", "two", "reranker")

    assert "one  tree " in ended.stdout
    assert ", 2 files (51 bytes), 50 bytes shared\n" in ended.stdout
    assert "1 file (4 bytes), `closure = false`: what it refers to is not pinned\n" in ended.stdout
    assert ended.stdout.endswith("; 50 bytes of it is shared\n")


def test_a_tree_as_a_document(locked: Command) -> None:
    document = locked.run("tree", "reranker", "--json").document

    (root,) = document["tree"]
    assert (document["models"], document["size"], document["distinct"]) == (3, 7, 7)
    assert (root["model"], root["declared"], root["shared"], root["cut"]) == (
        ("reranker", True, 0, False)
    )  # fmt: skip
    assert [below["model"] for below in root["requires"]] == ["gpt2", SECOND]
    assert root["requires"][0]["required_by"] == ["reranker"]


def test_a_tree_of_an_unknown_model_is_refused(locked: Command) -> None:
    ended = locked.run("tree", "rerankr")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "error: 'rerankr' is not a model of models.lock\nhint: did you mean `reranker`?\n"
    )


def test_why_tells_each_way_to_a_model(locked: Command) -> None:
    ended = locked.run("why", SECOND)

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"{SECOND} is required: refs/pr/3 (eb26c2ddbbc7)\n"
        f"  by reranker -> {SECOND}\n"
        f"  by embed -> {CODE} -> {SECOND}\n"
    )


def test_why_tells_the_mirrors_of_a_model(modellock: Command) -> None:
    declare_local(modellock)
    with open(modellock.folder / "models.toml", "a", encoding="utf-8") as manifest:
        manifest.write('mirrors = ["file:///mnt/{path}", { hub = "keep/copy" }]\n')
    modellock.run("lock")

    ended, document = (
        modellock.run("why", "small"),
        modellock.run("why", "small", "--json").document,
    )

    assert ended.stdout.splitlines()[1:] == [
        "  mirror file:///mnt/{path}",
        '  mirror { hub = "keep/copy" }',
    ]
    assert document["model"]["mirrors"] == ["file:///mnt/{path}", '{ hub = "keep/copy" }']


def test_why_of_what_models_toml_declares(locked: Command) -> None:
    assert locked.run("why", "embed").stdout == "embed is in models.toml: main (cfff27c96089)\n"


@pytest.mark.parametrize("digits", [CONFIG, f"sha256:{CONFIG}", CONFIG[:8]])
def test_why_finds_a_digest(digits: str, locked: Command) -> None:
    ended = locked.run("why", digits)

    assert ended.code == 0
    assert ended.stdout == (
        f"{digits} has the bytes of\n  {CODE}/config.json (2 bytes), required by embed -> {CODE}\n"
    )


def test_why_knows_a_placed_file_by_its_path(synced: Command) -> None:
    whole = synced.run("why", "models/small/weights.bin").stdout
    place = synced.run("why", "models/small").stdout
    placed = synced.folder / "models" / "small" / "weights.bin"
    placed.unlink()
    missing = synced.run("why", "models/small/weights.bin").stdout
    placed.write_text("c")
    changed = synced.run("why", "models/small/weights.bin").stdout

    file = "models/small/weights.bin is small/weights.bin (1 byte)"
    assert whole == f"{file}, byte for byte\n"
    assert place.startswith("small is in models.toml: tree ")
    assert missing == f"{file}, which is not there\n"
    assert settled(changed) == (
        f"{file}, with other bytes: expected sha256:DIGEST, received sha256:DIGEST\n"
        "models/small/weights.bin has the bytes of\n"
        "  small/config.bin (1 byte)\n"
    )


def test_why_knows_a_stray_file_by_its_bytes(synced: Command) -> None:
    stray = synced.home / "stray"
    stray.write_text("w")

    ended = synced.run("why", str(stray), "--json")

    assert ended.code == 0
    assert ended.document["known"] is True
    assert ended.document["sha256"] == (
        "50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326"
    )
    assert [file["path"] for file in ended.document["files"]] == ["weights.bin"]
    assert ended.document["files"][0]["model"]["model"] == "small"


def test_why_tells_where_else_the_bytes_of_a_placed_file_are(modellock: Command) -> None:
    declare_local(modellock, weights="w", copy="w")
    modellock.run("lock")
    modellock.run("sync")

    ended = modellock.run("why", "models/small/weights.bin")

    assert ended.stdout == (
        "models/small/weights.bin is small/weights.bin (1 byte), byte for byte\n"
        "models/small/weights.bin also has the bytes of\n"
        "  small/copy.bin (1 byte)\n"
    )


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("smal", ("smal is no model, no sha256 and no file that models.lock knows\n"
                 "did you mean `small`?\n")),
        ("0" * 64, f"{'0' * 64} is no model, no sha256 and no file that models.lock knows\n"),
        ("models.toml", "models.toml is no file of models.lock: no locked file is sha256:DIGEST\n"),
    ],
)  # fmt: skip
def test_why_of_what_nobody_knows_is_a_no(what: str, answer: str, synced: Command) -> None:
    ended = synced.run("why", what)
    document = synced.run("why", what, "--json").document

    assert (ended.code, ended.stderr) == (1, "")
    assert settled(ended.stdout) == settled(answer)
    assert (document["ok"], document["known"], document["files"]) == (False, False, [])
