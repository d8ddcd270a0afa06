"""models.toml edited: what is added can be taken away, and nothing else changes."""

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from modellock.documents.keys import MODEL_KEYS, Value
from modellock.documents.manifest import Manifest, parse_manifest
from modellock.documents.manifest_edit import add_model, remove_model
from modellock.errors import ManifestError
from modellock.values.origins import Kind
from tests.property.strategies import ORIGINS, names, texts

TRIVIA = st.lists(
    st.sampled_from(["\n", "  \n", "# a remark\n", "\t# [models.x]\n", "# = [\n"]), max_size=3
).map("".join)
KEYS = (
    'groups = ["a", # why\n  "b",\n]\n',
    "license = '''\n[models.x]\n# '''\n",
    'include = [\n\n# [\n"*.json"]\n',
    "hold = true # for now\n",
    'path = "p/{name}"\n',
)
SETTINGS = '[settings]\npath = "weights"\n'
POLICY = '[policy]\nexceptions = [{ model = "x", rule = "formats", reason = "[models.y]" }]\n'


@st.composite
def entries(draw: st.DrawFn, name: str) -> str:
    keys = draw(st.lists(st.sampled_from(KEYS), max_size=3, unique=True))
    lines = [f'hub = "acme/{name}"\n', *(key.replace("{name}", name) for key in keys)]
    body = draw(TRIVIA).join(lines)
    header = draw(st.sampled_from(['[models."{}"]\n', '[ models . "{}" ]  # [x]\n']))
    sub_table = draw(st.sampled_from(["", f'[models."{name}".rename]\n"a" = "b"\n']))
    return header.format(name) + body + draw(TRIVIA) + sub_table


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """A models.toml as people write it: remarks and blank lines anywhere, tables in any order."""
    chosen = draw(st.lists(names, max_size=3, unique_by=str.casefold))
    parts = [draw(entries(name)) for name in chosen]
    parts += draw(st.lists(st.sampled_from([SETTINGS, POLICY]), unique=True))
    parts = draw(st.permutations(parts))
    text = draw(TRIVIA) + "".join(part + draw(TRIVIA) for part in parts)
    if draw(st.booleans()):
        text = text.rstrip("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@st.composite
def keys_of_entries(draw: st.DrawFn) -> dict[str, Value]:
    kind = draw(st.sampled_from([Kind.HUB, Kind.GITHUB, Kind.LOCAL]))
    more: dict[str, Value] = {
        "include": draw(st.lists(texts, min_size=1, max_size=2).map(tuple)),
        "groups": draw(st.lists(names, max_size=2, unique=True).map(tuple)),
        "hold": draw(st.booleans()),
        "license": draw(texts),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(more))))
    ordered = [key.name for key in MODEL_KEYS if key.name in chosen]
    return {kind.value: draw(ORIGINS[kind]), **{key: more[key] for key in ordered}}


def usable(text: str) -> Manifest:
    """The manifest, where the text is one; names may still collide when case does not count."""
    try:
        return parse_manifest(text)
    except ManifestError:
        assume(False)
        raise


def remarks(text: str) -> list[str]:
    return re.findall(r"#[^\r\n]*", text)


@given(manifests(), names, keys_of_entries())
def test_what_was_added_can_be_taken_away_to_the_byte(
    text: str, name: str, keys: dict[str, Value]
) -> None:
    assume(name not in usable(text).specs)

    assert remove_model(add_model(text, name, keys), name) == text


@given(manifests(), names, keys_of_entries())
def test_an_added_entry_says_what_it_should_and_changes_no_other(
    text: str, name: str, keys: dict[str, Value]
) -> None:
    before = usable(text)
    assume(name not in before.specs)

    edited = add_model(text, name, keys)

    after = usable(edited)
    alone = parse_manifest(add_model("", name, keys)).specs[name]
    assert after.specs == {**before.specs, name: alone}
    assert (alone.kind, alone.origin) == next(iter(keys.items()))
    assert [getattr(alone, key) for key in list(keys)[1:]] == list(keys.values())[1:]
    assert (after.settings, after.policy) == (before.settings, before.policy)


@given(manifests(), names, keys_of_entries())
def test_every_line_stays_where_it_is_when_one_entry_comes(
    text: str, name: str, keys: dict[str, Value]
) -> None:
    assume(name not in usable(text).specs)
    before = text.splitlines()

    after = iter(add_model(text, name, keys).splitlines())

    assert [line for line in before if line not in after] == []


@given(manifests(), st.data())
def test_a_removed_entry_takes_no_other_with_it(text: str, data: st.DataObject) -> None:
    before = usable(text)
    assume(before.specs)
    name = data.draw(st.sampled_from(sorted(before.specs)))

    edited = remove_model(text, name)

    after = parse_manifest(edited)
    assert after.specs == {k: spec for k, spec in before.specs.items() if k != name}
    assert list(after.specs) == [k for k in before.specs if k != name]
    assert (after.settings, after.policy) == (before.settings, before.policy)
    kept = iter(remarks(text))
    assert [remark for remark in remarks(edited) if remark not in kept] == []


@given(manifests(), st.data())
def test_entries_can_be_removed_in_any_order(text: str, data: st.DataObject) -> None:
    known = sorted(usable(text).specs)
    edited = text

    for name in data.draw(st.permutations(known)):
        edited = remove_model(edited, name)

    assert parse_manifest(edited).specs == {}
