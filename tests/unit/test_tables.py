from collections.abc import Callable

import pytest

from modellock.values.tables import Table, TableError, bare_or_quoted, dotted, line_of, quoted


def test_keys_are_read_with_their_types() -> None:
    table = Table({"s": "x", "b": True, "i": 3, "a": ["x", "y"], "t": {"k": "v"}, "ts": [{}, {}]})

    assert table.string("s") == "x"
    assert table.required_string("s") == "x"
    assert table.boolean("b", default=False) is True
    assert table.integer("i") == 3
    assert table.strings("a") == ("x", "y")
    assert table.table("t").string("k") == "v"
    assert [entry.keys for entry in table.tables("ts")] == [("ts[0]",), ("ts[1]",)]
    assert "s" in table
    assert "z" not in table


def test_absent_keys_have_their_defaults() -> None:
    table = Table({})

    assert table.string("s") is None
    assert table.boolean("b", default=True) is True
    assert table.integer("i") is None
    assert table.strings("a") is None
    assert table.table("t").content == {}
    assert table.tables("ts") == []
    assert table.parsed("p", int) is None


@pytest.mark.parametrize(
    ("content", "read", "message"),
    [
        ({"s": 1}, lambda t: t.string("s"), "m.s is not a string: 1"),
        ({"s": ""}, lambda t: t.string("s"), "m.s is empty"),
        ({}, lambda t: t.required_string("s"), "m.s is missing"),
        ({"b": "yes"}, lambda t: t.boolean("b", default=True), "m.b is not true or false: 'yes'"),
        ({"i": -1}, lambda t: t.integer("i"), "m.i is not a whole number: -1"),
        ({"i": True}, lambda t: t.integer("i"), "m.i is not a whole number: True"),
        ({"i": 1.0}, lambda t: t.integer("i"), "m.i is not a whole number: 1.0"),
        ({"i": 2**63}, lambda t: t.integer("i"), "m.i is not a whole number: 9223372036854775808"),
        ({"a": "x"}, lambda t: t.strings("a"), "m.a is not an array of strings: 'x'"),
        ({"a": ["x", 1]}, lambda t: t.strings("a"), "m.a[1] is not a string: 1"),
        ({"a": [""]}, lambda t: t.strings("a"), "m.a[0] is empty"),
        ({"t": []}, lambda t: t.table("t"), "m.t is not a table: []"),
        ({"t": {}}, lambda t: t.tables("t"), "m.t is not an array of tables: {}"),
        ({"t": [{}, 1]}, lambda t: t.tables("t"), "m.t[1] is not a table: 1"),
        ({"p": "x"}, lambda t: t.parsed("p", int), "m.p is refused: invalid literal for int()"),
    ],
)
def test_a_wrong_type_is_told_with_the_dotted_key(
    content: dict[str, object], read: Callable[[Table], object], message: str
) -> None:
    with pytest.raises(TableError) as caught:
        read(Table(content, ("m",)))

    assert str(caught.value).startswith(message)


def test_a_long_value_is_told_in_part() -> None:
    with pytest.raises(TableError) as caught:
        Table({"s": ["x" * 1000]}).string("s")

    assert str(caught.value) == "s is not a string: ['" + "x" * 55 + "..."


def test_an_unknown_key_comes_with_the_nearest_known_one() -> None:
    with pytest.raises(TableError) as caught:
        Table({"revison": 1}, ("models", "minilm")).refuse_unknown(["include", "revision"])

    assert str(caught.value) == "models.minilm.revison is not a key modellock knows"
    assert caught.value.hint == "did you mean `revision`?"
    assert caught.value.keys == ("models", "minilm", "revison")


def test_a_hostile_key_is_told_without_its_control_characters() -> None:
    with pytest.raises(TableError) as caught:
        Table({"\x1b[31m\u202e\n": 1}).refuse_unknown(["a"])

    assert str(caught.value) == '"\\u001B[31m\\u202E\\n" is not a key modellock knows'


@pytest.mark.parametrize(
    ("keys", "way"),
    [
        (("models", "minilm", "revision"), "models.minilm.revision"),
        (("models", "qwen2.5", "include[2]"), 'models."qwen2.5".include[2]'),
        (("models", 'a"b\\c'), 'models."a\\"b\\\\c"'),
        (("models", ""), 'models.""'),
        ((), ""),
    ],
)
def test_the_way_to_a_key_is_written_as_toml_does(keys: tuple[str, ...], way: str) -> None:
    assert dotted(keys) == way


def test_a_key_is_quoted_where_toml_needs_it() -> None:
    assert bare_or_quoted("A-b_9") == "A-b_9"
    assert bare_or_quoted("part[0]") == '"part[0]"'
    assert bare_or_quoted("nomic-ai/nomic-bert") == '"nomic-ai/nomic-bert"'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", '"plain"'),
        ("日本語 é", '"日本語 é"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("\b\t\n\f\r", '"\\b\\t\\n\\f\\r"'),
        ("\0\x1b\x7f\x85", '"\\u0000\\u001B\\u007F\\u0085"'),
        ("\u202e\u200b\u2028\ufeff", '"\\u202E\\u200B\\u2028\\uFEFF"'),
        ("a\ud800b", '"a\ufffdb"'),
        ("\U000e0041", '"\\U000E0041"'),
        ("\u00a0\u0378", '"\u00a0\u0378"'),
    ],
)
def test_a_string_is_written_so_that_a_reader_sees_all_of_it(text: str, written: str) -> None:
    assert quoted(text) == written


TEXT = """\
requires-modellock = ">=0.1"

[settings]  # a comment
path = "models"

[models.minilm]
hub = "x"
revision = "main"

[models."qwen2.5"]
hub = "y"
rename.a = "b"

[[policy.exceptions]]
model = "x"
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("requires-modellock",), 1),
        (("settings",), 3),
        (("settings", "path"), 4),
        (("models", "minilm"), 6),
        (("models", "minilm", "revision"), 8),
        (("models", "minilm", "nowhere"), 6),
        (("models", "qwen2.5", "hub"), 11),
        (("models", "qwen2.5", "rename", "a"), 12),
        (("models", "qwen2.5", "hub[3]"), 11),
        (("models",), 6),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_the_line_of_a_key_is_found_where_a_look_can_tell(
    keys: tuple[str, ...], line: int | None
) -> None:
    assert line_of(TEXT, keys) == line


def test_lines_are_counted_as_editors_do() -> None:
    assert line_of('a = "x\u2028y\x85z"\nb = 1\n', ("b",)) == 2
