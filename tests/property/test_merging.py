"""A merge leaves only models that one side had, or that must be resolved anew."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from modellock.decisions.merging import merge_locks
from modellock.documents.lockfile import LockedModel
from tests.unit.specs import locked_of

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
