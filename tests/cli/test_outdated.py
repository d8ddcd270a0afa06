import pytest

from modellock.testing import demo_upstream_change
from tests.cli.command import Command
from tests.cli.world import DETECTOR, MINILM, WHISPER, declare, declare_local, settled, upstream

pytestmark = pytest.mark.slow


def test_outdated_has_a_row_for_each_model_of_which_something_is_newer(modellock: Command) -> None:
    declare(modellock, MINILM + DETECTOR + WHISPER)
    declare_local(modellock, "small")
    with upstream() as world:
        modellock.run("lock", **world.variables)
        demo_upstream_change(world.hub)

        ended = modellock.run("outdated", **world.variables)

    assert (ended.code, ended.stderr) == (0, "")
    assert settled(ended.stdout) == (
        "detector  v1.2 is the newest allowed; newest is v2.0 (AGE old)\n"
        "minilm    ffd9cfc745fd -> 9bd874bc001f (AGE old, 2.4 kB to fetch)\n"
        "Not asked, since only their bytes could tell: small\n"
        "1 of 3 models can move: run `modellock update`\n"
    )


def test_the_exit_code_says_on_request_whether_a_pin_could_move(modellock: Command) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        assert modellock.run("outdated", "--exit-code", **world.variables).code == 0
        demo_upstream_change(world.hub)

        ended = modellock.run("outdated", "--exit-code", **world.variables)

        assert ended.code == 1
        as_of = modellock.run(
            "outdated", "--exit-code", "--exclude-newer", "2025-01-01", **world.variables
        )
        assert as_of.code == 0


def test_nothing_to_move_is_said(modellock: Command) -> None:
    declare(modellock, WHISPER)
    with upstream() as world:
        modellock.run("lock", **world.variables)

        ended = modellock.run("outdated", **world.variables)

    assert ended.stdout == (
        "Nothing to move: 1 model at the newest version that models.toml allows\n"
    )


def test_the_document_has_every_model_with_its_times(modellock: Command) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        modellock.run("lock", **world.variables)

        document = modellock.run("outdated", "--json", **world.variables).document

    pinned = document["models"][0]["pinned"]
    assert document == {
        "schema": 1,
        "command": "outdated",
        "ok": True,
        "outdated": False,
        "models": [
            {
                "model": "detector",
                "outdated": False,
                "pinned": {
                    "version": "1.2",
                    "tag": "v1.2",
                    "commit": pinned["commit"],
                    "time": "2025-01-03T00:00:00Z",
                },
                "allowed": pinned,
                "newest": document["models"][0]["newest"],
                "to_fetch": 0,
            }
        ],
        "untold": [],
        "findings": [],
    }
    assert document["models"][0]["newest"]["time"] == "2025-01-04T00:00:00Z"


def test_a_model_that_is_not_what_it_was_decides_the_exit_code(modellock: Command) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        world.hub.delete("acme/minilm")
        world.hub.publish("acme/minilm", {"config.json": b"{}"})

        ended = modellock.run("outdated", "--json", **world.variables)

    assert ended.code == 4
    assert [one["code"] for one in ended.document["findings"]] == ["identity"]
    assert "warning: minilm: acme/minilm is another repository now" in ended.stderr
