"""What is done to project and store while something goes wrong."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.commands import Commands
from tests.crash.places import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Undertaking:
    """A command, and where it begins."""

    words: tuple[str, ...]
    prepare: Callable[[Places, Commands], None]
    """Done once; what is there then is come back to."""

    begin: Callable[[Places, Commands], object] = lambda *_: None
    """Done each time."""

    check: tuple[str, ...] = ("verify", "--deep")
    """A command that says that all is well."""

    forget: str = ".modellock/state.json"
    """A file of the project without which the command has to look at everything again."""


def two_locks(there: Places, plain: Commands) -> None:
    """Locks of two versions beside the project, and a store with the blobs of both."""
    there.declare()
    for version in ("old", "new"):
        there.publish(version)
        expect(plain, "update", "--all")
        lock = there.project / "models.lock"
        lock.rename(lock.with_name(f"models.lock.{version}"))
        take_lock(there, version)
        expect(plain, "sync", "--jobs", "1")


def take_lock(there: Places, version: str) -> None:
    lock = there.project / "models.lock"
    lock.write_bytes(lock.with_name(f"models.lock.{version}").read_bytes())


def nothing_but_a_lock(there: Places, plain: Commands) -> None:
    there.declare()
    there.publish("old")
    expect(plain, "lock")
    remove_store(there)


def old_placed(there: Places, plain: Commands) -> None:
    """Placed anew, since what is copied is not what was placed; and a file that is not ours."""
    take_lock(there, "old")
    expect(plain, "sync", "--jobs", "1")
    (there.project / "models" / "large" / "mine.txt").write_text("mine")
    take_lock(there, "new")


def both_stored(there: Places, plain: Commands) -> None:
    two_locks(there, plain)
    forget_placed(there)


def stored_and_locked(there: Places, plain: Commands) -> None:
    both_stored(there, plain)
    take_lock(there, "new")


def old_lock_alone(there: Places, plain: Commands) -> None:
    nothing_but_a_lock(there, plain)
    there.publish("new")


def much_to_collect(there: Places, plain: Commands) -> None:
    """Old blobs that no project uses, and something of everything else that a collection takes."""
    two_locks(there, plain)
    one, value = there.store / "v1", hashlib.sha256(b"nowhere").hexdigest()
    gone = {"lock": "/nowhere/models.lock", "host": "nobody", "mount": {}, "digests": []}
    leftovers = {
        f"staged/{value}-{'0' * 16}": "bytes",
        f"staged/{value}.part": "bytes",
        f"staged/{value}.part.json": "{}",
        f"damaged/{value}-{'0' * 8}": "bytes",
        f"records/{value[:2]}/{value}.json": "{}",
        f"roots/{value[:32]}.json.{'0' * 8}": "half",
        "roots/gone.json": json.dumps(gone),
    }
    for path, text in leftovers.items():
        (one / path).parent.mkdir(exist_ok=True)
        (one / path).write_text(text)


def remove_store(there: Places) -> None:
    shutil.rmtree(there.store)


def forget_placed(there: Places) -> None:
    shutil.rmtree(there.project / "models")
    shutil.rmtree(there.project / ".modellock")


def expect(plain: Commands, *words: str) -> None:
    """Run a command that has to succeed."""
    ended = plain.run(*words)
    assert ended.code == 0, f"{words}: {ended.code}\n{ended.output}"


UNDERTAKINGS = {
    "sync": Undertaking(words=("sync", "--jobs", "1"), prepare=nothing_but_a_lock),
    "switch": Undertaking(words=("sync", "--jobs", "1"), prepare=both_stored, begin=old_placed),
    "copy": Undertaking(words=("sync", "--link-mode", "copy"), prepare=stored_and_locked),
    "lock": Undertaking(
        words=("update", "--all", "--jobs", "1"),
        prepare=old_lock_alone,
        check=("lock", "--check"),
        forget="models.lock",
    ),
    "gc": Undertaking(words=("collect",), prepare=much_to_collect),
}
