"""A merge leaves only models that one side had, or that must be resolved anew."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from modellock.decisions.merging import merge_locks
from modellock.documents.conflicts import sides_of
from modellock.documents.lock_blocks import read_blocks
from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import LockedModel
from tests.unit.specs import lock_of, locked_of

versions = st.sampled_from("abc")
locks = st.dictionaries(
    st.sampled_from(["one", "two", "three", "four"]),
    st.builds(lambda letter: replace(locked_of('hub = "a/b"'), commit=letter * 40), versions),
)
Locks = dict[str, LockedModel]


@given(locks, locks, st.none() | locks)
def test_what_is_kept_is_what_one_side_had(ours: Locks, theirs: Locks, base: Locks | None) -> None:
    merge = merge_locks(ours, theirs, base)

    for name, model in merge.kept.items():
        assert model in (ours.get(name), theirs.get(name))
    assert {*merge.kept, *merge.anew} == {*ours, *theirs}
    assert not {*merge.kept} & {*merge.anew}


@given(locks, locks)
def test_the_order_of_the_sides_decides_nothing(ours: Locks, theirs: Locks) -> None:
    assert merge_locks(ours, theirs).kept == merge_locks(theirs, ours).kept


@given(locks, locks)
def test_a_side_that_changed_nothing_gives_way(ours: Locks, theirs: Locks) -> None:
    merge = merge_locks(ours, theirs, ours)

    assert merge.anew == ()
    assert {name: merge.kept[name] for name in theirs} == theirs


names = st.sampled_from(["aa", "bb", "cc", "dd", "ee", "ff"])
edits = st.dictionaries(names, st.none() | versions, max_size=3)


def with_edits(lock: Locks, edit: dict[str, str | None]) -> Locks:
    changed = dict(lock)
    for name, letter in edit.items():
        if letter is None:
            changed.pop(name, None)
        else:
            changed[name] = version(name, letter)
    return changed


def version(name: str, letter: str) -> LockedModel:
    commit = letter * 40
    url = f"https://huggingface.co/a/{name}/resolve/{commit}/"
    return replace(locked_of(f'hub = "a/{name}"'), name=name, commit=commit, url=url)


def merged_by_git(folder: Path, base: Locks, ours: Locks, theirs: Locks) -> tuple[int, str]:
    """git's exit code, which counts the conflicts, and the text that it leaves."""
    for side, models in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / side).write_text(format_lock(lock_of(*models.values())), newline="\n")
    ended = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="git merges")
@settings(max_examples=25)
@given(edits, edits)
def test_a_clean_merge_is_a_lock_and_a_conflict_has_two_sides(
    ours: dict[str, str | None], theirs: dict[str, str | None]
) -> None:
    # Where both add one model, each beside another neighbour, git may well keep both.
    assume(not ours.keys() & theirs.keys())
    base = {name: version(name, "a") for name in ("bb", "cc", "ee")}
    mine, other = with_edits(base, ours), with_edits(base, theirs)

    with TemporaryDirectory() as folder:
        conflicts, text = merged_by_git(Path(folder), base, mine, other)

    if conflicts == 0:
        merged: Mapping[str, LockedModel | None] = parse_lock(text).models
    else:
        sides = sides_of(text)
        merge = merge_locks(
            read_blocks(sides.ours), read_blocks(sides.theirs), {name: base[name] for name in base}
        )
        merged = merge.kept
    for name, model in merged.items():
        assert model in (mine.get(name), other.get(name))
