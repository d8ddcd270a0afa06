"""`modellock store` as a user runs it."""

import pytest

from tests.cli.command import Command
from tests.cli.world import declare_local, settled


def test_the_directory_is_printed_as_it_is_and_not_made(modellock: Command) -> None:
    assert modellock.run("store", "dir").stdout == f"{modellock.store}\n"
    assert modellock.run("store", "dir", "--store", "here").stdout == f"{modellock.folder}/here\n"
    assert modellock.run("store", "dir", MODELLOCK_STORE="/srv").stdout == "/srv\n"
    assert not modellock.store.exists()


def test_the_directory_is_a_document_with_json(modellock: Command) -> None:
    assert modellock.run("store", "dir", "--json").document == {
        "schema": 1,
        "command": "store dir",
        "ok": True,
        "directory": str(modellock.store),
    }


def test_a_store_that_is_not_there_holds_nothing(modellock: Command) -> None:
    assert modellock.run("store", "list").stdout == "The store holds nothing\n"
    assert modellock.run("store", "size").stdout.endswith("would free 0 bytes now\n")
    assert settled(modellock.run("store", "verify").stdout) == (
        "Hashed 0 blobs (0 bytes) in TIME: whole\n"
    )
    assert settled(modellock.run("store", "gc").stdout) == (
        "Freed 0 bytes in TIME; 0 projects use the store, which holds 0 bytes\n"
    )
    assert not modellock.store.exists()


def test_a_size_explains_itself(synced: Command) -> None:
    assert synced.run("store", "size").stdout == (
        "blobs                 1 (1 byte)\n"
        "  linked elsewhere    1 (1 byte)\n"
        "  used by no project  0 (0 bytes)\n"
        "projects              1\n"
        "`modellock store gc` would free 0 bytes now\n"
    )


def test_a_list_says_which_models_share_what(synced: Command) -> None:
    declare_local(synced, "large", weights="w", more="more")
    synced.lock()
    synced.sync()

    assert synced.run("store", "list").stdout == (
        f"{synced.folder}/models.lock, synced under a minute ago\n"
        "  large  5 bytes  2 files  4 bytes its own, 1 byte shared with small\n"
        "  small  1 byte   1 file   shared with large\n"
        "in use: 2 blobs (5 bytes); sharing saves 1 byte\n"
    )


def test_a_list_names_the_project_of_a_model_that_another_one_shares(synced: Command) -> None:
    other = synced.folder / "other"
    other.mkdir()
    (other / "models.toml").write_text('[models.same]\nlocal = "../models/small"\n')
    for command in ("lock", "sync"):
        synced.run("--directory", str(other), command)

    listed = synced.run("store", "list").stdout.splitlines()

    assert listed[1] == f"  small  1 byte  1 file  shared with same of {other}"
    assert listed[3] == f"  same  1 byte  1 file  shared with small of {synced.folder}"


def test_documents_of_a_store_have_these_keys(synced: Command) -> None:
    def keys(*words: str) -> str:
        return " ".join(synced.run("store", *words, "--json").document)

    assert keys("size") == (
        "schema command ok blobs linked unused leftovers projects reclaimable unreadable_roots"
    )
    assert keys("list") == "schema command ok projects used unused saved reclaimable"
    assert keys("verify") == "schema command ok whole blobs size faults"
    assert keys("gc") == (
        "schema command ok dry_run freed left excess projects roots blobs leftovers spared"
    )


def test_a_project_that_is_gone_is_named(synced: Command) -> None:
    (synced.folder / "models.lock").unlink()

    dry = synced.run("store", "gc", "--dry-run")
    done = synced.run("store", "gc")

    lock = f"- {synced.folder}/models.lock: its models.lock is gone\n"
    rest = "0 projects use the store, which holds 1 byte\n"
    spared = "Spared 1 blob (1 byte) that no project uses\n"
    assert settled(dry.stdout) == f"{lock}Would free 0 bytes in TIME; {rest}{spared}"
    assert settled(done.stdout) == f"{lock}Freed 0 bytes in TIME; {rest}{spared}"
    assert settled(synced.run("store", "gc").stdout) == f"Freed 0 bytes in TIME; {rest}{spared}"


def test_a_store_that_cannot_be_made_to_fit_is_told(synced: Command) -> None:
    ended = synced.run("store", "gc", "--max-size", "0")

    assert ended.code == 0
    assert ended.stderr.startswith("warning: the store holds 1 byte more than --max-size")
    assert synced.run("store", "gc", "--max-size", "0", "--json").document["excess"] == 1


def test_a_damaged_blob_is_moved_aside_and_named(synced: Command) -> None:
    (blob,) = (path for path in (synced.store / "v1/blobs").rglob("*") if path.is_file())
    blob.chmod(0o644)
    blob.write_text("x")

    ended = synced.run("store", "verify")

    assert ended.code == 4
    assert settled(ended.stdout).endswith(
        "1 fault; run `modellock verify --repair` in the projects that use it\n"
    )
    assert "/v1/damaged/" in ended.stdout
    assert f"\n  used by small of {synced.folder}/models.lock\n" in ended.stdout
    assert synced.run("store", "verify").code == 0
    synced.run("sync")
    assert synced.run("verify", "--deep").code == 0


def test_a_root_that_cannot_be_read_is_an_error_with_a_hint(synced: Command) -> None:
    (synced.store / "v1" / "roots" / "00.json").write_text("?")

    ended = synced.run("store", "gc")

    assert ended.code == 2
    assert "roots/00.json: is no root that this version of modellock can read" in ended.stderr
    assert "sync that project again or upgrade modellock" in ended.stderr
    assert "takes nothing away" in synced.run("store", "size").stdout
    assert "roots/00.json (unreadable)" in synced.run("store", "list").stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--older-than", "soon"), "--older-than: 'soon' is not a duration such as `90 s`"),
        (("--max-size", "big"), "--max-size: 'big' is not a size such as `500 MB`"),
    ],
)
def test_what_is_no_duration_and_no_size_is_refused(
    modellock: Command, words: tuple[str, str], expected: str
) -> None:
    ended = modellock.run("store", "gc", *words)

    assert ended.code == 2
    assert ended.stderr.startswith(f"error: {expected}")
