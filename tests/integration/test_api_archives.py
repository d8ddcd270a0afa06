"""Archives and mirrors as a program meets them: told while they last, ended early, rescued."""

import hashlib
import shutil
import threading

import pytest

import modellock
from modellock import Phase, Progress
from modellock.errors import CancelledError
from modellock.testing import EmbeddedFiles
from tests.integration.archives import plain_tar
from tests.integration.programs import Program

MEMBERS = {f"{number}.bin": bytes([number]) * (1 << 20) for number in range(12)}
ARCHIVE = plain_tar(MEMBERS)


@pytest.fixture
def packed(program: Program) -> Program:
    """A model that comes in one archive, locked; neither it nor its files are in the store."""
    (program.directory / "origin").mkdir()
    (program.directory / "origin" / "voice.tar").write_bytes(ARCHIVE)
    (program.directory / "models.toml").write_text(
        '[models.voice]\nlocal = "origin"\nunpack = true\n'
    )
    modellock.lock()
    shutil.rmtree(program.store)
    return program


def digests() -> set[str]:
    return {hashlib.sha256(content).hexdigest() for content in MEMBERS.values()}


def test_a_bar_is_told_what_is_unpacked_between_fetching_and_placing(packed: Program) -> None:
    told: list[tuple[Phase, str | None]] = []

    modellock.sync(progress=lambda progress: told.append((progress.phase, progress.model)))

    phases = list(dict.fromkeys(told))
    assert phases[-2:] == [(Phase.UNPACKING, "voice"), (Phase.PLACING, "voice")]
    assert {phase for phase, _ in phases[:-2]} == {Phase.FETCHING}
    assert len(packed.placed) == 12


def test_a_lock_tells_what_it_unpacks_too(packed: Program) -> None:
    (packed.directory / "models.lock").unlink()
    told: list[tuple[Phase, str | None]] = []

    modellock.lock(progress=lambda progress: told.append((progress.phase, progress.model)))

    assert told[-1] == (Phase.UNPACKING, "voice")


def test_a_cancel_is_heard_while_an_archive_is_unpacked(packed: Program) -> None:
    cancel = threading.Event()

    def stop(progress: Progress) -> None:
        if progress.phase is Phase.UNPACKING:
            cancel.set()

    with pytest.raises(CancelledError):
        modellock.sync(progress=stop, cancel=cancel)

    assert packed.placed == []
    assert list((packed.store / "v1" / "staged").iterdir()) == []

    result = modellock.sync()
    assert result.fetches == {}
    assert digests() <= packed.stored
    assert modellock.verify(deep=True).is_whole


def test_what_a_dry_run_would_take_is_in_its_result(packed: Program) -> None:
    space = modellock.sync(mode="dry-run").space

    assert isinstance(space, modellock.Space)
    assert (space.needed, space.in_store, space.fetch) == (12 << 20, 0, len(ARCHIVE))
    assert [peak.needed for peak in space.peaks] == [(12 << 20) + len(ARCHIVE)]
    assert packed.stored == set()


def test_what_a_mirror_rescued_is_a_warning_of_the_result(program: Program) -> None:
    with EmbeddedFiles({"/m/w.bin": b"weights"}) as mirror:
        url = mirror.url
        program.hub.publish("acme/m", {"w.bin": b"weights"})
        (program.directory / "models.toml").write_text(
            f'[models.m]\nhub = "acme/m"\ninclude = ["w.bin"]\n'
            f'mirrors = ["{url}/{{name}}/{{path}}"]\n'
        )
        modellock.lock()
        program.hub.delete("acme/m")

        result = modellock.sync()

    assert program.placed == ["m/w.bin"]
    (warning,) = result.warnings
    assert warning.startswith("m: ")
    assert url in warning
