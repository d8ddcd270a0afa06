"""Groups, names and markers."""

from dataclasses import replace

import pytest

from modellock.decisions.narrowing import Narrowing, narrow
from modellock.documents.lockfile import Lock, LockedFile, LockedModel, tree_of
from modellock.documents.project_settings import Layout, ProjectSettings
from modellock.errors import UnknownNameError
from modellock.values.digest import sha256_of_bytes
from modellock.values.origins import Kind

FILES = (LockedFile("a", 1, sha256_of_bytes(b"a")),)


def model(name: str, *groups: str, marker: str | None = None) -> LockedModel:
    return LockedModel(
        name=name,
        kind=Kind.LOCAL,
        origin=name,
        groups=groups,
        marker=marker,
        size=1,
        tree=tree_of(FILES),
        files=FILES,
    )


MODELS = [
    model("always"),
    model("both", "text", "vision"),
    model("seer", "vision"),
    model("writer", "text"),
]


def lock_of(*models: LockedModel, default_groups: tuple[str, ...] | None = None) -> Lock:
    return Lock(
        settings=ProjectSettings(default_groups=default_groups),
        models={each.name: each for each in models},
    )


def names(narrowing: Narrowing, default_groups: tuple[str, ...] | None = None) -> list[str]:
    return [
        each.name for each in narrow(lock_of(*MODELS, default_groups=default_groups), narrowing)
    ]


def test_without_flags_all_groups_are_meant() -> None:
    assert names(Narrowing()) == ["always", "both", "seer", "writer"]


def test_without_flags_default_groups_are_meant_and_models_without_a_group() -> None:
    assert names(Narrowing(), default_groups=("text",)) == ["always", "both", "writer"]
    assert names(Narrowing(), default_groups=()) == ["always"]


def test_a_group_stands_in_place_of_the_defaults() -> None:
    assert names(Narrowing(groups=("vision",)), default_groups=("text",)) == [
        "always",
        "both",
        "seer",
    ]


def test_only_a_group_leaves_out_models_without_one() -> None:
    assert names(Narrowing(only_groups=("vision",))) == ["both", "seer"]


def test_an_excluded_group_beats_everything() -> None:
    assert names(Narrowing(no_groups=("vision",))) == ["always", "writer"]
    assert names(Narrowing(groups=("text", "vision"), no_groups=("vision",))) == [
        "always",
        "writer",
    ]
    assert names(Narrowing(models=("seer",), no_groups=("vision",))) == []


def test_a_named_model_is_meant_alone_or_besides_the_groups() -> None:
    assert names(Narrowing(models=("seer",))) == ["seer"]
    assert names(Narrowing(models=("seer",), groups=("text",))) == [
        "always",
        "both",
        "seer",
        "writer",
    ]


def test_a_marker_leaves_a_model_out_where_it_does_not_hold() -> None:
    lock = lock_of(model("here", marker="yes"), model("there", marker="no"))

    meant = narrow(lock, Narrowing(models=("here", "there")), holds=lambda text: text == "yes")

    assert [each.name for each in meant] == ["here"]


def test_markers_are_those_of_python_packages() -> None:
    lock = lock_of(
        model("here", marker="python_version >= '3'"), model("no", marker="os_name == ''")
    )

    assert [each.name for each in narrow(lock, Narrowing())] == ["here"]


@pytest.mark.parametrize(
    "narrowing",
    [Narrowing(groups=("txt",)), Narrowing(only_groups=("txt",)), Narrowing(no_groups=("txt",))],
)
def test_an_unknown_group_is_an_error_with_the_nearest_one(narrowing: Narrowing) -> None:
    with pytest.raises(UnknownNameError, match=r"'txt' is not a group of models\.lock") as caught:
        names(narrowing)

    assert caught.value.hint == "did you mean `text`?"


def test_a_default_group_that_no_model_has_may_be_named() -> None:
    assert names(Narrowing(groups=("audio",)), default_groups=("audio",)) == ["always"]


def test_an_unknown_model_is_an_error_with_the_nearest_one() -> None:
    with pytest.raises(
        UnknownNameError, match=r"'writter' is not a model of models\.lock"
    ) as caught:
        names(Narrowing(models=("writter",)))

    assert caught.value.hint == "did you mean `writer`?"


@pytest.mark.parametrize("field", ["groups", "only_groups", "no_groups", "models"])
def test_any_flag_narrows(field: str) -> None:
    assert Narrowing().is_whole
    assert not Narrowing(**{field: ("text",)}).is_whole


def required(name: str, *requirers: str) -> LockedModel:
    return replace(
        model(name), kind=Kind.HUB, revision="main", layout=Layout.HF_CACHE, required_by=requirers
    )


CLOSURE = lock_of(
    model("embed", "text"),
    model("lora", "vision"),
    required("acme/base", "lora", "acme/code"),
    required("acme/code", "acme/base", "embed"),
    replace(model("tool", "tools"), required_by=("lora",)),
)


@pytest.mark.parametrize(
    ("narrowing", "names"),
    [
        (Narrowing(), ["embed", "lora", "acme/base", "acme/code", "tool"]),
        (Narrowing(models=("lora",)), ["lora", "acme/base", "acme/code", "tool"]),
        (Narrowing(groups=("text",)), ["embed", "acme/base", "acme/code"]),
        (Narrowing(no_groups=("vision", "text")), ["tool"]),
        (Narrowing(models=("lora",), no_groups=("tools",)), ["lora", "acme/base", "acme/code"]),
        (Narrowing(models=("acme/code",)), ["acme/base", "acme/code"]),
    ],
)
def test_a_model_brings_what_it_requires(narrowing: Narrowing, names: list[str]) -> None:
    assert [one.name for one in narrow(CLOSURE, narrowing)] == names


def test_what_only_a_model_of_another_platform_requires_stays_out() -> None:
    lock = lock_of(model("lora", marker="never"), required("acme/base", "lora"))

    assert narrow(lock, Narrowing(), lambda marker: marker != "never") == ()
