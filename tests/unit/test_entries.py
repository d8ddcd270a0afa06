import pytest

from modellock.decisions.entries import Entry, Wish, entry_for
from modellock.documents.manifest import parse_manifest
from modellock.documents.pasted import parse_pasted
from modellock.errors import UsageError

MANIFEST = """\
[sources.corp]
type = "hub"
endpoint = "https://hub.corp.example"

[models.minilm]
hub = "acme/minilm"
revision = "v1.0"
include = ["*.json"]
groups = ["text"]

[models.inner]
hub = "acme/inner"
source = "corp"
"""


def entry(pasted: str, **flags: object) -> Entry:
    return entry_for(parse_pasted(pasted), parse_manifest(MANIFEST), Wish(**flags))  # type: ignore[arg-type]


def refusal(pasted: str, **flags: object) -> str:
    with pytest.raises(UsageError) as caught:
        entry(pasted, **flags)
    return f"{caught.value} | {caught.value.hint}"


def test_an_entry_has_the_origin_first_and_then_the_order_of_the_reference() -> None:
    made = entry(
        "https://huggingface.co/datasets/acme/words/blob/main/a.txt",
        name="dictionary",
        groups=("text", "dev"),
        version=">=1,<2",
        include=("*.md",),
        path="data/words",
    )

    assert made == Entry(
        name="dictionary",
        keys={
            "hub": "acme/words",
            "type": "dataset",
            "version": ">=1,<2",
            "include": ("a.txt", "*.md"),
            "groups": ("text", "dev"),
            "path": "data/words",
        },
        is_new=True,
    )
    assert list(made.keys) == ["hub", "type", "version", "include", "groups", "path"]


@pytest.mark.parametrize(
    ("pasted", "flags"),
    [
        ("acme/minilm", {}),
        ("acme/minilm@v1.0", {}),
        ("acme/minilm", {"name": "minilm"}),
        ("acme/minilm", {"groups": ("text",), "include": ("*.json",)}),
    ],
)
def test_what_models_toml_says_already_is_not_new(pasted: str, flags: dict[str, object]) -> None:
    made = entry(pasted, **flags)

    assert (made.name, made.is_new) == ("minilm", False)


def test_the_same_origin_can_be_there_twice_under_two_names() -> None:
    made = entry("acme/minilm@v2.0", name="newer")

    assert (made.name, made.is_new) == ("newer", True)


@pytest.mark.parametrize(
    ("pasted", "flags", "expected"),
    [
        (
            "other/minilm",
            {},
            (
                "'minilm' is another model in models.toml: hub acme/minilm "
                "| `--name NAME` gives it another name"
            ),
        ),
        (
            "acme/inner",
            {},
            (
                "'inner' is another model in models.toml: hub acme/inner "
                "| `--name NAME` gives it another name"
            ),
        ),
        (
            "github:acme/minilm",
            {},
            (
                "'minilm' is another model in models.toml: hub acme/minilm "
                "| `--name NAME` gives it another name"
            ),
        ),
        (
            "acme/minilm@v2.0",
            {"groups": ("text", "dev")},
            (
                "'minilm' is in models.toml already, and differs in revision, groups "
                "| edit [models.minilm], or add a second entry with `--name NAME`"
            ),
        ),
        (
            "acme/x@v1",
            {"version": ">=1"},
            (
                "`--version` excludes the revision `v1` of acme/x "
                "| leave `--version` out, or name acme/x alone"
            ),
        ),
        (
            "..",
            {},
            (
                "..: '' is not a model name (letters, digits, `.`, `_`, `-`; "
                "a letter or digit first) "
                "| name it with `--name NAME`"
            ),
        ),
        (
            "acme/x",
            {"name": "a b"},
            (
                "acme/x: 'a b' is not a model name (letters, digits, `.`, `_`, `-`; "
                "a letter or digit first) | None"
            ),
        ),
    ],
)
def test_an_entry_that_cannot_be_is_refused(
    pasted: str, flags: dict[str, object], expected: str
) -> None:
    assert refusal(pasted, **flags) == expected
