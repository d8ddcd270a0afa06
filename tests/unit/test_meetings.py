import pytest

from modellock.decisions.meetings import check_meetings
from modellock.decisions.planning import WantedFile, WantedModel
from tests.unit.specs import digest_of


def model(
    name: str, directory: str, *paths: str, shared: bool = False, cache: str | None = None
) -> WantedModel:
    files = tuple(WantedFile(f"{directory}/{path}", digest_of(len(name)), 1) for path in paths)
    return WantedModel(name=name, directory=directory, files=files, shared=shared, cache=cache)


@pytest.mark.parametrize(
    "models",
    [
        [model("a", "models/a", "x"), model("b", "models/b", "x")],
        [model("a", "w", "a.pt", shared=True), model("b", "w", "b.pt", shared=True)],
        # The same bytes at one path.
        [model("a", "w", "a.pt", shared=True), model("b", "w", "a.pt", shared=True)],
        [
            model("a", "hub/m/snapshots/1", "x", cache="hub/m"),
            model("b", "hub/m/snapshots/2", "x", cache="hub/m"),
        ],
    ],
)
def test_models_that_keep_apart_are_fine(models: list[WantedModel]) -> None:
    check_meetings(models)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (
            [model("a", "w", "x"), model("b", "w", "y")],
            "'w', of `b`, is also the directory of `a`",
        ),
        (
            [model("a", "w", "x", shared=True), model("b", "W", "y", shared=True)],
            "'W', of `b`, is also the directory of `a`",
        ),
        (
            [model("a", "w", "x"), model("b", "w", "y", shared=True)],
            "'w', of `b`, is also the directory of `a`",
        ),
        (
            [model("a", "w", "x"), model("b", "w/x", "y")],
            "'w/x', of `b`, lies inside of the directory of `a`",
        ),
        (
            [model("a", "w", "x", shared=True), model("bb", "w", "x", shared=True)],
            "'w/x' would be a file of `a` and `bb`",
        ),
        (
            [model("a", "w", "x", shared=True), model("b", "w", "X", shared=True)],
            "'w/X' would be a file of `a` and `b`",
        ),
        (
            [model("a", "w", "x", shared=True), model("b", "w", "x/y", shared=True)],
            "'w/x/y', of `b`, lies inside of a file of `a`",
        ),
        (
            [
                model("a", "hub/m/snapshots/1", "x", cache="hub/m"),
                model("b", "hub/M/snapshots/2", "x", cache="hub/M"),
            ],
            "'hub/M', of `b`, is also the directory of `a`",
        ),
    ],
)
def test_models_that_meet_are_named(models: list[WantedModel], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        check_meetings(models)

    assert str(caught.value) == message
