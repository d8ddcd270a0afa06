"""`modellock store` as a user runs it."""

from tests.cli.command import Command


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
