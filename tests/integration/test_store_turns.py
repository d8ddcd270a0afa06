"""Who waits for whom in a store, and for how long."""

import os
import re
import sys
from pathlib import Path

import pytest

from modellock.errors import StoreInUseError
from modellock.ports.reporting import Reporter
from modellock.shell.store_turns import alone, beside_others
from tests.integration.workspace import Heard

SECOND = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no file locks")


@pytest.fixture
def store(tmp_path: Path) -> str:
    (tmp_path / "v1").mkdir()
    return str(tmp_path)


class Impatient(Reporter):
    """Ends what it waits for."""

    def pulse(self) -> None:
        raise KeyboardInterrupt


def test_those_that_use_a_store_do_not_wait_for_each_other(store: str) -> None:
    with beside_others(store, Impatient()), beside_others(store, Impatient()):
        pass


def test_who_collects_waits_for_those_that_would_be_disturbed_and_names_one(store: str) -> None:
    heard = Heard()

    with (
        beside_others(store, Reporter(), "lock"),
        pytest.raises(StoreInUseError) as caught,
        alone(store, heard, "store gc", patience=0.4),
    ):
        pytest.fail("two at once")

    name = rf"`modellock lock` \(process {os.getpid()} on {os.uname().nodename}, since {SECOND}\)"
    assert re.fullmatch(rf"{store}: still in use after 0 s, by {name}", str(caught.value))
    (note,) = heard.notes
    assert re.fullmatch(f"store: waiting for {name}", note)


def test_who_uses_a_store_waits_for_a_collection_but_not_for_ever(store: str) -> None:
    heard = Heard()

    with alone(store, Reporter(), "store gc"), beside_others(store, heard, patience=0.4):
        pass

    (warning,) = heard.warnings
    assert warning.startswith("store: went on after 0 s beside `modellock store gc` (process ")


def test_waiting_can_be_interrupted(store: str) -> None:
    with (
        alone(store, Reporter(), "store gc"),
        pytest.raises(KeyboardInterrupt),
        beside_others(store, Impatient()),
    ):
        pytest.fail("two at once")


def test_a_store_that_is_not_there_is_not_made_to_be_locked(tmp_path: Path) -> None:
    with beside_others(str(tmp_path / "store"), Reporter()):
        assert list(tmp_path.iterdir()) == []


def test_a_link_in_place_of_the_lock_is_not_followed(store: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    os.symlink(tmp_path / "mine", tmp_path / "v1" / "lock")

    with beside_others(store, Reporter(), "lock"):
        assert (tmp_path / "mine").read_text() == "mine"


def test_the_time_is_that_of_the_stores_file_system(store: str) -> None:
    with alone(store, Reporter(), "store gc") as now:
        assert now == os.stat(os.path.join(store, "v1", "lock")).st_mtime
