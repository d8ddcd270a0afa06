"""Models that come in archives and parts, locked: fetched once, unpacked, and pinned both ways."""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.decisions.changes import differences
from modellock.documents.lockfile import LockedModel
from modellock.errors import (
    ArchiveError,
    MismatchError,
    SelectionError,
    SeveralErrors,
    UnsafeNameError,
    WrongContentError,
)
from modellock.testing import EmbeddedFiles, EmbeddedGitHub, Lie
from tests.integration.archives import plain_tar, plain_zip, tar, tar_entry
from tests.integration.workspace import Heard, Workspace

TREE = {"small/model.bin": b"weights" * 1000, "small/tokenizer.json": b"{}"}
ARCHIVE = gzip.compress(plain_tar(TREE), mtime=0)
GITHUB = '[models.small]\ngithub = "acme/small"\n'
UNPACKED = f"{GITHUB}unpack = true\n"


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles() as files:
        yield files


def small(workspace: Workspace) -> LockedModel:
    return workspace.read_lock().models["small"]


def sizes(model: LockedModel) -> dict[str, int]:
    return {file.path: file.size for file in model.files}


def forget(workspace: Workspace, *contents: bytes) -> None:
    """Take blobs out of the store, as its collector may."""
    for content in contents:
        name = hashlib.sha256(content).hexdigest()
        (workspace.store / "v1" / "blobs" / name[:2] / name).unlink()


def test_an_archive_of_a_release_is_locked_with_the_files_that_come_out(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    release = github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)

    result = workspace.lock()

    (archive,) = small(workspace).archives
    assert (archive.path, archive.size) == ("small.tar.gz", len(ARCHIVE))
    assert archive.asset_id == release.asset("small.tar.gz").id
    assert archive.digest.value == hashlib.sha256(ARCHIVE).hexdigest()
    assert sizes(small(workspace)) == {"small/model.bin": 7000, "small/tokenizer.json": 2}
    assert small(workspace).files[0].digest.value == hashlib.sha256(b"weights" * 1000).hexdigest()
    assert small(workspace).size == 7002
    assert (result.files, result.size, result.fetched) == (2, 7002, len(ARCHIVE))


def test_archive_and_files_are_in_the_store_then(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)

    workspace.lock()

    contents = [ARCHIVE, *TREE.values()]
    assert workspace.blobs() == sorted(hashlib.sha256(one).hexdigest() for one in contents)


def test_leading_directories_can_be_stripped(workspace: Workspace, github: EmbeddedGitHub) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(f"{UNPACKED}strip-components = 1\n")

    workspace.lock()

    assert sizes(small(workspace)) == {"model.bin": 7000, "tokenizer.json": 2}


def test_a_model_that_is_locked_is_not_unpacked_again(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    before, asked = workspace.lock_text, len(github.requests)
    shutil.rmtree(workspace.store)

    workspace.write(f'{UNPACKED}groups = ["text"]\n')
    workspace.lock()

    assert len(github.requests) == asked
    assert workspace.lock_text.replace('groups = ["text"]\n', "") == before


def test_another_way_to_unpack_takes_the_archive_from_the_store(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()

    workspace.write(f"{UNPACKED}strip-components = 1\n")
    result = workspace.lock()

    assert result.fetched == 0
    assert sizes(small(workspace)) == {"model.bin": 7000, "tokenizer.json": 2}


def test_or_fetches_it_again(workspace: Workspace, github: EmbeddedGitHub) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    forget(workspace, ARCHIVE)

    workspace.write(GITHUB)
    assert workspace.lock().fetched == 0
    assert small(workspace).archives == ()
    assert sizes(small(workspace)) == {"small.tar.gz": len(ARCHIVE)}
    workspace.write(f"{UNPACKED}strip-components = 1\n")

    assert workspace.lock().fetched == len(ARCHIVE)


def test_an_update_that_finds_the_same_archive_fetches_nothing(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    before = workspace.lock_text
    shutil.rmtree(workspace.store)

    assert workspace.lock("small").fetched == 0
    assert workspace.lock_text == before


def test_an_update_that_finds_another_unpacks_that(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    github.publish("acme/small", "v1.1", {"small.zip": plain_zip({"model.bin": b"new"})})

    workspace.lock("small")

    assert small(workspace).tag == "v1.1"
    assert sizes(small(workspace)) == {"model.bin": 3}


def test_another_project_of_the_same_store_neither_fetches_nor_unpacks(
    workspace: Workspace, github: EmbeddedGitHub, tmp_path: Path
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    forget(workspace, ARCHIVE)
    other = Workspace(tmp_path / "other", workspace.hub, github)
    other.store.symlink_to(workspace.store)
    other.write(UNPACKED)

    heard = Heard()
    assert other.lock(reporter=heard).fetched == 0
    assert other.lock_text == workspace.lock_text


def test_what_the_store_noted_counts_only_while_it_has_the_files(
    workspace: Workspace, github: EmbeddedGitHub, tmp_path: Path
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    forget(workspace, ARCHIVE, b"{}")
    other = Workspace(tmp_path / "other", workspace.hub, github)
    other.store.symlink_to(workspace.store)
    other.write(UNPACKED)

    assert other.lock().fetched == len(ARCHIVE)
    assert other.lock_text == workspace.lock_text


@pytest.mark.parametrize("note", ["", "[]", '{"files": [["../x", 1, "00"]]}', '{"files": 7}'])
def test_a_note_that_cannot_be_read_is_none(
    workspace: Workspace, github: EmbeddedGitHub, note: str, tmp_path: Path
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    (noted,) = (workspace.store / "v1" / "records").rglob("*.unpacked.json")
    noted.write_text(note)
    other = Workspace(tmp_path / "other", workspace.hub, github)
    other.store.symlink_to(workspace.store)
    other.write(UNPACKED)

    other.lock()

    assert other.lock_text == workspace.lock_text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes root")
def test_a_note_of_a_stranger_is_none(
    workspace: Workspace, github: EmbeddedGitHub, tmp_path: Path
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    (noted,) = (workspace.store / "v1" / "records").rglob("*.unpacked.json")
    tokenizer = hashlib.sha256(b"{}").hexdigest()
    noted.write_text(f'{{"files": [["tokenizer.json", 2, "{tokenizer}"]]}}')
    other = Workspace(tmp_path / "other", workspace.hub, github)
    other.store.symlink_to(workspace.store)
    other.write(UNPACKED)

    os.chown(noted, 4711, 4711)
    other.lock()

    assert other.lock_text == workspace.lock_text


def test_a_store_that_takes_no_notes_is_as_good(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    (workspace.store / "v1").mkdir(parents=True)
    (workspace.store / "v1" / "records").write_text("in the way")
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)

    workspace.lock()

    assert sizes(small(workspace)) == {"small/model.bin": 7000, "small/tokenizer.json": 2}


def test_an_asset_without_a_digest_is_unpacked_otherwise_without_trusting_it_anew(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE}, digest=False)
    workspace.write(UNPACKED)
    workspace.lock()
    assert small(workspace).trust == "first-use"

    workspace.write(f"{UNPACKED}strip-components = 1\n")
    assert workspace.lock().fetched == 0

    assert small(workspace).trust == "first-use"
    assert sizes(small(workspace)) == {"model.bin": 7000, "tokenizer.json": 2}


def test_a_url_that_is_joined_now_keeps_what_is_known_of_its_first_part(
    workspace: Workspace, files: EmbeddedFiles
) -> None:
    files.files.update({"/m.001": b"one", "/m.002": b"two"})
    table = f'[models.small]\nurl = "{files.url}/m.001"\n'
    workspace.write(table)
    workspace.lock()
    files.files["/m.001"] = b"new"
    forget(workspace, b"one")

    workspace.write(f"{table}join = true\n")

    with pytest.raises(MismatchError, match=r"^small/m\.001: expected sha256:"):
        workspace.lock()


def test_the_same_files_come_out_whatever_order_and_modes_an_archive_has(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    backwards = io.BytesIO()
    with tarfile.open(fileobj=backwards, mode="w:xz") as archive:
        for name in sorted(TREE, reverse=True):
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(TREE[name]), 0o755, 7
            archive.addfile(member, io.BytesIO(TREE[name]))
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(UNPACKED)
    workspace.lock()
    first = small(workspace)
    github.publish("acme/small", "v1.1", {"small.tar.xz": backwards.getvalue()})

    workspace.lock("small")

    assert small(workspace).files == first.files
    assert small(workspace).tree == first.tree


def test_include_and_exclude_choose_among_the_assets(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE, "notes.txt": b"no archive"})
    workspace.write(f'{UNPACKED}include = ["*.tar.gz"]\n')

    workspace.lock()

    assert sizes(small(workspace)) == {"small/model.bin": 7000, "small/tokenizer.json": 2}


def test_what_is_selected_and_no_archive_is_refused(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE, "notes.txt": b"no archive"})
    workspace.write(UNPACKED)

    with pytest.raises(ArchiveError) as caught:
        workspace.lock()

    assert str(caught.value) == (
        "small/notes.txt: is not an archive: expected tar, zip, gzip, zstd, xz or bzip2"
    )
    assert caught.value.hint == (
        "leave it out with `exclude` below [models.small], or do not unpack"
    )
    assert not (workspace.directory / "models.lock").exists()


def test_a_member_that_is_refused_is_named_with_its_archive(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    evil = tar(tar_entry(b"good", b"1"), tar_entry(b"../../evil\x1b", b"2"))
    github.publish("acme/small", "v1.0", {"small.tar": evil})
    workspace.write(UNPACKED)

    with pytest.raises(ArchiveError) as caught:
        workspace.lock()

    assert str(caught.value) == (
        "small/small.tar: '../../evil\\x1b' is not a safe relative path: it has the segment '..'"
    )
    assert not (workspace.root / "evil\x1b").exists()


def test_every_model_that_fails_is_told(workspace: Workspace, github: EmbeddedGitHub) -> None:
    github.publish("acme/small", "v1.0", {"small.tar": tar(tar_entry(b"a", kind=b"2"))})
    workspace.write(UNPACKED + UNPACKED.replace("models.small", "models.other"))

    with pytest.raises(SeveralErrors) as caught:
        workspace.lock()

    assert [error.model for error in caught.value.errors] == ["small", "other"]


def test_several_archives_lie_together(workspace: Workspace, github: EmbeddedGitHub) -> None:
    licence = {"LICENSE": b"same"}
    assets = {
        "a.zip": plain_zip({"a.bin": b"a", **licence}),
        "b.tar": plain_tar({"b.bin": b"bb", **licence}),
        "c.json.gz": gzip.compress(b"{}", mtime=0),
    }
    github.publish("acme/small", "v1.0", assets)
    workspace.write(UNPACKED)

    workspace.lock()

    assert sizes(small(workspace)) == {"LICENSE": 4, "a.bin": 1, "b.bin": 2, "c.json": 2}


def test_two_files_of_one_name_must_be_the_same(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    assets = {"a.zip": plain_zip({"LICENSE": b"one"}), "b.zip": plain_zip({"LICENSE": b"two"})}
    github.publish("acme/small", "v1.0", assets)
    workspace.write(UNPACKED)

    with pytest.raises(ArchiveError, match=r"^small/b\.zip: 'LICENSE' is another file than the"):
        workspace.lock()


def test_two_archives_that_cannot_lie_together_are_refused(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    assets = {"a.zip": plain_zip({"LICENSE": b"one"}), "b.zip": plain_zip({"license/a": b"two"})}
    github.publish("acme/small", "v1.0", assets)
    workspace.write(UNPACKED)

    with pytest.raises(UnsafeNameError, match=r"^small: what was unpacked cannot lie together: "):
        workspace.lock()


def test_what_was_unpacked_can_be_renamed(workspace: Workspace, github: EmbeddedGitHub) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(f'{UNPACKED}rename = {{ "small/model.bin" = "model.bin" }}\n')

    workspace.lock()

    assert small(workspace).rename == (("small/model.bin", "model.bin"),)


def test_what_was_not_unpacked_cannot(workspace: Workspace, github: EmbeddedGitHub) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(f'{UNPACKED}rename = {{ "small.tar.gz" = "x" }}\n')

    with pytest.raises(SelectionError, match=r"^small: rename: 'small.tar.gz' is not among the"):
        workspace.lock()


def test_parts_are_joined(workspace: Workspace, github: EmbeddedGitHub) -> None:
    parts = {f"small.gguf.part{number}": b"%d" % number * 10 for number in range(1, 12)}
    github.publish("acme/small", "v1.0", {**parts, "LICENSE": b"free"})
    workspace.write(f"{GITHUB}join = true\n")

    workspace.lock()

    model = small(workspace)
    assert sizes(model) == {"LICENSE": 4, "small.gguf": 130}
    joined = b"".join(b"%d" % number * 10 for number in range(1, 12))
    assert model.files[1].digest.value == hashlib.sha256(joined).hexdigest()
    assert len(model.archives) == 12
    assert all(file.asset_id is None for file in model.files)


def test_joined_parts_can_be_an_archive(workspace: Workspace, github: EmbeddedGitHub) -> None:
    cut = {"small.zip.001": plain_zip(TREE)[:200], "small.zip.002": plain_zip(TREE)[200:]}
    github.publish("acme/small", "v1.0", cut)
    workspace.write(f"{UNPACKED}join = true\n")

    workspace.lock()

    assert sizes(small(workspace)) == {"small/model.bin": 7000, "small/tokenizer.json": 2}
    joined = hashlib.sha256(plain_zip(TREE)).hexdigest()
    assert joined not in workspace.blobs()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("", "small: join: the parts of 'm' have a gap, or two ways to count: "),
        ('include = ["m.001"]', "small: join: 'm.003' is a part of 'm', and is not selected"),
        ('include = ["LICENSE"]', "small: join: nothing to join: no file is called like a part"),
    ],
)
def test_parts_that_are_not_all_there_are_not_even_fetched(
    workspace: Workspace, github: EmbeddedGitHub, keys: str, message: str
) -> None:
    github.publish("acme/small", "v1.0", {"m.001": b"1", "m.003": b"3", "LICENSE": b"free"})
    workspace.write(f"{GITHUB}join = true\n{keys}\n")

    with pytest.raises(SelectionError) as caught:
        workspace.lock()

    assert str(caught.value).startswith(message)
    assert workspace.blobs() == []


def test_an_archive_behind_a_url_is_unpacked(workspace: Workspace, files: EmbeddedFiles) -> None:
    files.files["/small.tar.gz"] = ARCHIVE
    workspace.write(f'[models.small]\nurl = "{files.url}/small.tar.gz"\nunpack = true\n')

    workspace.lock()

    assert small(workspace).trust == "first-use"
    assert [file.path for file in small(workspace).archives] == ["small.tar.gz"]
    assert sizes(small(workspace)) == {"small/model.bin": 7000, "small/tokenizer.json": 2}


def test_its_sha256_is_that_of_the_archive(workspace: Workspace, files: EmbeddedFiles) -> None:
    files.files["/small.tar.gz"] = ARCHIVE
    table = f'[models.small]\nurl = "{files.url}/small.tar.gz"\nunpack = true\n'
    workspace.write(f'{table}sha256 = "{hashlib.sha256(ARCHIVE).hexdigest()}"\n')
    workspace.lock()
    assert small(workspace).trust is None
    asked = len(files.requests)

    workspace.write(table)
    workspace.lock()
    assert small(workspace).trust == "first-use"
    assert len(files.requests) == asked

    workspace.write(f'{table}sha256 = "{"0" * 64}"\n')
    with pytest.raises(MismatchError, match=r"^small/small.tar.gz: expected sha256:0000"):
        workspace.lock()


def test_a_page_in_place_of_an_archive_is_never_unpacked(
    workspace: Workspace, files: EmbeddedFiles
) -> None:
    files.files["/small.tar.gz"] = ARCHIVE
    files.lies.add("/small.tar.gz", Lie.HTML_PAGE)
    workspace.write(f'[models.small]\nurl = "{files.url}/small.tar.gz"\nunpack = true\n')

    with pytest.raises(WrongContentError):
        workspace.lock()


def test_a_url_is_unpacked_otherwise_without_trusting_it_anew(
    workspace: Workspace, files: EmbeddedFiles
) -> None:
    files.files["/small.tar.gz"] = ARCHIVE
    table = f'[models.small]\nurl = "{files.url}/small.tar.gz"\n'
    workspace.write(table)
    workspace.lock()
    asked = len(files.requests)

    workspace.write(f"{table}unpack = true\n")
    workspace.lock()
    assert len(files.requests) == asked

    forget(workspace, ARCHIVE)
    files.files["/small.tar.gz"] = gzip.compress(plain_tar({"other": b"1"}), mtime=0)
    workspace.write(f"{table}unpack = true\nstrip-components = 1\n")
    with pytest.raises(MismatchError, match=r"^small/small\.tar\.gz: expected "):
        workspace.lock()


def test_a_single_file_behind_a_url_is_called_after_it(
    workspace: Workspace, files: EmbeddedFiles
) -> None:
    files.files["/download"] = gzip.compress(b"onnx", mtime=0)
    table = f'[models.small]\nurl = "{files.url}/download"\nunpack = true\n'
    workspace.write(f'{table}filename = "a.onnx.gz"\n')
    workspace.lock()
    assert sizes(small(workspace)) == {"a.onnx": 4}

    workspace.write(f'{table}filename = "b.onnx.gz"\n')
    assert workspace.lock().fetched == 0

    assert [file.path for file in small(workspace).archives] == ["b.onnx.gz"]
    assert sizes(small(workspace)) == {"b.onnx": 4}


def test_a_url_may_name_the_first_of_several_parts(
    workspace: Workspace, files: EmbeddedFiles
) -> None:
    files.files.update({"/v 1/m.gguf.part-aa": b"one", "/v 1/m.gguf.part-ab": b"twos"})
    workspace.write(f'[models.small]\nurl = "{files.url}/v%201/m.gguf.part-aa"\njoin = true\n')

    workspace.lock()

    model = small(workspace)
    assert [(file.path, file.size) for file in model.archives] == [
        ("m.gguf.part-aa", 3),
        ("m.gguf.part-ab", 4),
    ]
    assert sizes(model) == {"m.gguf": 7}
    assert model.trust == "first-use"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("m.gguf", "small: join: nothing to join: no file is called like a part, such as"),
        ("m.gguf.part-ab", "small: join: the first part of 'm.gguf' is missing"),
    ],
)
def test_a_url_that_names_no_first_part_is_refused(
    workspace: Workspace, files: EmbeddedFiles, path: str, message: str
) -> None:
    files.files.update({"/m.gguf.part-aa": b"one", "/m.gguf.part-ab": b"two", "/m.gguf": b"3"})
    workspace.write(f'[models.small]\nurl = "{files.url}/{path}"\njoin = true\n')

    with pytest.raises(SelectionError) as caught:
        workspace.lock()

    assert str(caught.value).startswith(message)


def test_an_archive_of_a_local_directory_is_unpacked_where_it_lies(workspace: Workspace) -> None:
    origin = workspace.directory / "origin"
    (origin / "en").mkdir(parents=True)
    (origin / "en" / "small.tar.gz").write_bytes(ARCHIVE)
    (origin / "de.onnx.gz").write_bytes(gzip.compress(b"onnx"))
    workspace.write('[models.small]\nlocal = "origin"\nunpack = true\nstrip-components = 1\n')

    workspace.lock()

    assert sizes(small(workspace)) == {
        "de.onnx": 4,
        "en/model.bin": 7000,
        "en/tokenizer.json": 2,
    }


def test_a_lock_of_archives_is_not_stale(workspace: Workspace, github: EmbeddedGitHub) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(f"{UNPACKED}strip-components = 1\n")
    workspace.lock()
    assert differences(workspace.project.read_manifest(), workspace.read_lock()) == ()

    workspace.write(UNPACKED)
    (difference,) = differences(workspace.project.read_manifest(), workspace.read_lock())
    assert str(difference) == ("small: strip-components 1 in models.lock, not set in models.toml")
