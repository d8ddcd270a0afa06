from collections.abc import Sequence
from dataclasses import replace

import pytest

from modellock.decisions.adoption import (
    Find,
    Shelf,
    copied_bytes,
    is_bookkeeping,
    likely,
    promising,
    ways,
)
from modellock.decisions.link_modes import adopting_mode_of
from modellock.documents.project_settings import LinkMode
from modellock.values.digest import Digest

A = Digest("sha256", "a" * 64)
B = Digest("sha256", "b" * 64)
HUB = "/home/ada/.cache/huggingface/hub"
SHELF = Shelf(device=1, owner=1000, shares=True)


def find(path: str, size: int = 7) -> Find:
    return Find(
        path=path,
        below="/",
        size=size,
        device=1,
        inode=hash(path),
        mtime_ns=0,
        owner=1000,
        mode=0o644,
    )


BLOB = find(f"{HUB}/models--acme--minilm/blobs/{'a' * 64}")
PLAIN = find("/home/ada/models/model.bin")


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("/x", ".git"),
        ("/x", ".locks"),
        (f"{HUB}/models--acme--minilm", "refs"),
        (f"{HUB}/datasets--acme--corpus", "trees"),
    ],
)
def test_directories_that_caches_keep_for_themselves_are_told(directory: str, name: str) -> None:
    assert is_bookkeeping(directory, name, is_directory=True)


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("/x", "weights"),
        (f"{HUB}/models--acme--minilm", "blobs"),
        (f"{HUB}/models--acme--minilm", "snapshots"),
        (f"{HUB}/models--acme--minilm/snapshots", "refs"),
    ],
)
def test_directories_of_models_are_none_of_these(directory: str, name: str) -> None:
    assert not is_bookkeeping(directory, name, is_directory=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CACHEDIR.TAG", True),
        (f"{'a' * 64}.0badcafe.incomplete", True),
        (f"{'a' * 64}.lock", True),
        (f"{'a' * 64}.refs", True),
        ("model.safetensors", False),
        (".gitattributes", False),
    ],
)
def test_so_are_their_files(name: str, expected: bool) -> None:
    assert is_bookkeeping("/x", name, is_directory=False) is expected


def test_a_name_that_claims_a_sought_digest_comes_first() -> None:
    finds = [find("/large", 9), find(f"/{'a' * 64}", 7), find(f"/{'c' * 64}", 9)]

    ordered = promising(finds, [A, B])

    assert [one.path for one in ordered] == [f"/{'a' * 64}", f"/{'c' * 64}", "/large"]


def test_where_everything_is_taken_the_largest_come_first() -> None:
    finds = [find("/small", 1), find("/large", 9)]

    assert [one.path for one in promising(finds, [])] == ["/large", "/small"]


def test_a_blob_is_likely_where_a_name_or_else_a_size_says_so() -> None:
    named, alike = find(f"/{'b' * 64}"), find("/model.bin")

    assert likely([alike, named], {A: 7, B: 7}) == {A: alike, B: named}


def test_one_file_is_likely_to_be_one_blob_alone() -> None:
    alike = find("/model.bin")

    assert likely([alike], {A: 7, B: 7}) == {A: alike}


@pytest.mark.parametrize(
    "path",
    [
        f"{HUB}/models--acme--minilm/blobs/{'a' * 64}",
        f"{HUB}/datasets--acme--corpus/blobs/{'a' * 40}",
        f"{HUB}/blobs/ab/ab{'0' * 62}",
        "/home/ada/.cache/torch/hub/checkpoints/resnet50-0badcafe.pth",
    ],
)
def test_what_nobody_writes_into_may_be_linked(path: str) -> None:
    assert ways(find(path), LinkMode.AUTO, SHELF) == (
        LinkMode.REFLINK,
        LinkMode.HARDLINK,
        LinkMode.COPY,
    )


@pytest.mark.parametrize(
    "path",
    [
        "/home/ada/models/model.bin",
        f"/home/ada/blobs/{'a' * 64}",
        f"{HUB}/models--acme--minilm/snapshots/{'a' * 40}/config.json",
        f"{HUB}/blobs/ab/cd{'0' * 62}",
        f"{HUB}/models--acme--minilm/blobs/{'a' * 64}.incomplete",
        "/home/ada/.cache/whisper/base.pt",
        "/home/ada/.cache/torch/hub/checkpoints/own/model.pth",
    ],
)
def test_what_its_owner_may_write_into_shares_no_inode(path: str) -> None:
    assert ways(find(path), LinkMode.AUTO, SHELF) == (LinkMode.REFLINK, LinkMode.COPY)


@pytest.mark.parametrize(
    ("one", "shelf"),
    [
        (replace(BLOB, owner=0), SHELF),
        (replace(BLOB, device=2), SHELF),
        (replace(BLOB, mode=0o600), SHELF),
        (BLOB, replace(SHELF, shares=False)),
    ],
    ids=["another's", "on another disk", "not for all to read", "a store that is private"],
)
def test_a_blob_that_cannot_be_the_stores_too_is_not_linked(one: Find, shelf: Shelf) -> None:
    assert LinkMode.HARDLINK not in ways(one, LinkMode.AUTO, shelf)
    assert ways(one, LinkMode.HARDLINK, shelf) == (LinkMode.COPY,)


def test_who_asks_for_hard_links_gets_them_of_any_file() -> None:
    assert ways(PLAIN, LinkMode.HARDLINK, SHELF) == (LinkMode.HARDLINK, LinkMode.COPY)


def test_who_asks_for_copies_or_clones_gets_no_hard_links() -> None:
    assert ways(BLOB, LinkMode.COPY, SHELF) == (LinkMode.COPY,)
    assert ways(BLOB, LinkMode.REFLINK, SHELF) == (LinkMode.REFLINK, LinkMode.COPY)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (LinkMode.AUTO, LinkMode.AUTO),
        (LinkMode.HARDLINK, LinkMode.AUTO),
        (LinkMode.SYMLINK, LinkMode.AUTO),
        (LinkMode.REFLINK, LinkMode.REFLINK),
        (LinkMode.COPY, LinkMode.COPY),
    ],
)
def test_a_project_apart_from_its_store_adopts_nothing_by_hard_link(
    asked: LinkMode, expected: LinkMode
) -> None:
    assert adopting_mode_of(asked) is expected


@pytest.mark.parametrize(
    ("ladder", "cloning", "taken"),
    [
        ((LinkMode.REFLINK, LinkMode.HARDLINK, LinkMode.COPY), frozenset[int](), 0),
        ((LinkMode.REFLINK, LinkMode.COPY), frozenset([1]), 0),
        ((LinkMode.REFLINK, LinkMode.COPY), frozenset([2]), 7),
        ((LinkMode.COPY,), frozenset([1]), 7),
    ],
)
def test_only_copies_take_space(
    ladder: Sequence[LinkMode], cloning: frozenset[int], taken: int
) -> None:
    assert copied_bytes(find("/w.bin"), ladder, cloning) == taken
