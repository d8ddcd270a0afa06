import pytest

from modellock.documents.manifest_edit import add_model, remove_model
from modellock.documents.toml_text import load_toml
from modellock.errors import ManifestError

BETWEEN = """\
# The project's models.

# For search.
[models.minilm] # small
hub = "acme/minilm"
# revision = "v1.0"

# These stay for now.

# For vision.
[models.detector]
hub = "acme/detector"

# What is allowed.
[policy]
owners = { allow = ["acme"] }
"""


def test_an_entry_comes_after_the_last_model_and_takes_no_comment_from_others() -> None:
    edited = add_model(BETWEEN, "words", {"hub": "acme/words", "include": ("a", '"b"')})

    assert edited == BETWEEN.replace(
        '[models.detector]\nhub = "acme/detector"\n',
        '[models.detector]\nhub = "acme/detector"\n\n'
        '[models.words]\nhub = "acme/words"\ninclude = ["a", "\\"b\\""]\n',
    )


def test_an_entry_goes_with_the_comments_attached_to_it_alone() -> None:
    edited = remove_model(BETWEEN, "minilm")

    assert edited == BETWEEN.replace(
        '# For search.\n[models.minilm] # small\nhub = "acme/minilm"\n# revision = "v1.0"\n\n', ""
    )


def test_the_comment_of_the_next_table_stays_with_it() -> None:
    edited = remove_model(BETWEEN, "detector")

    assert edited == BETWEEN.replace(
        '# For vision.\n[models.detector]\nhub = "acme/detector"\n\n', ""
    )


def test_the_first_entry_comes_at_the_end_of_what_is_written() -> None:
    template = "# [models.minilm]\n# hub = ...\n\n[settings]\npath = 'm'\n\n\n"

    edited = add_model(template, "qwen2.5", {"hub": "acme/qwen", "unpack": True, "jobs": 3})

    assert edited == (
        "# [models.minilm]\n# hub = ...\n\n[settings]\npath = 'm'\n\n"
        '[models."qwen2.5"]\nhub = "acme/qwen"\nunpack = true\njobs = 3\n\n\n'
    )


def test_an_empty_text_becomes_one_entry() -> None:
    assert add_model("", "m", {"local": "m"}) == '[models.m]\nlocal = "m"\n'


def test_an_entry_goes_with_its_sub_tables_wherever_they_stand() -> None:
    text = (
        '[models.a]\nhub = "x/a"\n\n'
        '[models.b]\nhub = "x/b"\n\n'
        '[models.a.rename]\n"w.bin" = "weights.bin"\n'
    )

    assert remove_model(text, "a") == '[models.b]\nhub = "x/b"\n'


def test_a_text_keeps_its_line_endings_and_that_its_last_line_has_none() -> None:
    text = '[models.a]\r\nhub = "x/a"'

    edited = add_model(text, "b", {"hub": "x/b"})

    assert edited == '[models.a]\r\nhub = "x/a"\r\n\r\n[models.b]\r\nhub = "x/b"'
    assert remove_model(edited, "b") == text


def test_what_looks_like_a_table_within_a_string_is_none() -> None:
    text = (
        '[models.a]\nhub = "x/a"\ngroups = [\n  "x",\n]\n'
        "license = '''\n[models.b]\n\n# '''\n\n"
        '[models.b]\nhub = "x/b"\n'
    )

    assert remove_model(text, "b") == text.partition("\n[models.b]\nhub")[0]
    assert remove_model(text, "a") == '[models.b]\nhub = "x/b"\n'


@pytest.mark.parametrize(
    "text",
    [
        '[models]\na.hub = "x/a"\nb.hub = "x/b"\n',
        '[models]\na = { hub = "x/a" }\nb = { hub = "x/b" }\n',
        'models = { a = { hub = "x/a" }, b = { hub = "x/b" } }\n',
        'models.a.hub = "x/a"\nmodels.b.hub = "x/b"\n',
    ],
)
def test_entries_of_other_shapes_come_and_go_too(text: str) -> None:
    less, more = remove_model(text, "a"), add_model(text, "c", {"hub": "x/c", "include": ("d",)})

    assert load_toml(less) == {"models": {"b": {"hub": "x/b"}}}
    assert load_toml(more)["models"].keys() == {"a", "b", "c"}
    assert load_toml(more)["models"]["c"] == {"hub": "x/c", "include": ["d"]}


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_text_that_cannot_be_compared_with_what_it_should_say_is_left_alone(name: str) -> None:
    # Not a number is not even equal to itself.
    text = 'x = nan\n[models.a]\nhub = "x/a"\n'

    with pytest.raises(ManifestError) as caught:
        add_model(text, "b", {"hub": "x/b"}) if name == "b" else remove_model(text, "a")

    assert str(caught.value) == f"models.toml: [models.{name}] cannot be edited by itself"
    assert caught.value.hint == "edit models.toml by hand, then run `modellock lock`"


def test_an_array_of_tables_is_no_model() -> None:
    text = (
        '[models.a]\nhub = "x/a"\n\n'
        '[[policy.exceptions]]\nmodel = "a"\n\n'
        '[[policy.exceptions]]\nmodel = "b"\n'
    )

    edited = add_model(text, "b", {"hub": "x/b"})

    assert edited == text.replace('"x/a"\n', '"x/a"\n\n[models.b]\nhub = "x/b"\n')
    assert remove_model(edited, "b") == text
