"""A project's files: where models.toml and models.lock are, read and written as a whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from modellock.documents.lock_reader import parse_lock
from modellock.documents.lockfile import FILE_NAME as LOCK_NAME
from modellock.documents.lockfile import VERSION, Lock, version_words
from modellock.documents.manifest import FILE_NAME as MANIFEST_NAME
from modellock.documents.manifest import Manifest, parse_manifest
from modellock.documents.unsupported import refuse_unsupported_manifest
from modellock.errors import (
    InputError,
    LockfileError,
    ManifestError,
    MissingLockError,
    NewerLockError,
)
from modellock.ports.reporting import Reporter
from modellock.shell.disk import disk_errors
from modellock.shell.regular_files import read_regular
from modellock.shell.whereabouts import project_directory
from modellock.shell.whole_files import replace_whole

STATE_DIRECTORY = ".modellock"


class Project:
    """A directory with models.toml, models.lock, or both."""

    def __init__(
        self, directory: str, reporter: Reporter | None = None, *, proposed: str | None = None
    ) -> None:
        self._reporter = reporter or Reporter()
        self._proposed = proposed
        """The text of a models.toml that is not written yet."""

        self.directory = os.path.abspath(directory)
        self.manifest_path = os.path.join(self.directory, MANIFEST_NAME)
        self.lock_path = os.path.join(self.directory, LOCK_NAME)
        self.state_directory = os.path.join(self.directory, STATE_DIRECTORY)

    def has_manifest(self) -> bool:
        """Whether there is a models.toml."""
        return self._proposed is not None or os.path.lexists(self.manifest_path)

    def has_lock(self) -> bool:
        """Whether there is a models.lock."""
        return os.path.lexists(self.lock_path)

    def read_manifest(self) -> Manifest:
        """Read models.toml. Raises ManifestError, UnsupportedError, ConflictMarkersError."""
        if not self.has_manifest():
            raise ManifestError(
                f"models.toml: not found in {self.directory}", hint="`modellock init` writes one"
            )
        text = self.read_manifest_text()
        manifest = parse_manifest(text)
        refuse_unsupported_manifest(manifest, text)
        return manifest

    def read_manifest_text(self) -> str:
        """The text of models.toml."""
        if self._proposed is not None:
            return self._proposed
        return _read(self.manifest_path, ManifestError)

    @contextmanager
    def rewriting_manifest(self, before: str | None, after: str) -> Iterator["Project"]:
        """The project as it is to be, with another models.toml: written once the block is done.

        `before` is the text that was edited, None where there was no models.toml. Where the block
        raises, models.toml stays as it is, byte for byte; it was never another. Raises
        ManifestError where somebody else edited it meanwhile.
        """
        yield Project(self.directory, proposed=after)
        if before != (self.read_manifest_text() if self.has_manifest() else None):
            raise ManifestError(
                "models.toml: was edited by somebody else meanwhile",
                hint="run the same command again",
            )
        # A link stays one: what it leads to is replaced.
        self._replace(os.path.realpath(self.manifest_path), after)

    def read_lock(self, path: str | None = None) -> Lock:
        """Read models.lock, or another lock at `path`. Raises MissingLockError, LockfileError.

        Warns of a lock-version whose major number is known and whose minor number is not.
        """
        if not os.path.lexists(path or self.lock_path):
            if path is not None:
                raise MissingLockError(f"{path}: not found")
            raise MissingLockError(
                f"models.lock: not found in {self.directory}",
                hint="`modellock lock` writes models.lock",
            )
        text = self.read_lock_text(path)
        with _named(path):
            lock = parse_lock(text)
        if lock.version > VERSION:
            self._warn_of_newer(os.path.basename(path or LOCK_NAME), lock)
        return lock

    def _warn_of_newer(self, name: str, lock: Lock) -> None:
        self._reporter.warning(
            f"{name}: was written by a newer modellock: expected lock-version "
            f"{version_words(VERSION)}, received {version_words(lock.version)}; "
            "keys that it added are not understood",
            hint="upgrade modellock with `pip install --upgrade models-lock`",
        )

    def read_lock_text(self, path: str | None = None) -> str:
        """The text of models.lock, or of another lock at `path`."""
        return _read(path or self.lock_path, LockfileError)

    def write_lock(self, text: str) -> None:
        """Replace models.lock as a whole: a reader meanwhile sees the old one or the new."""
        self._replace(self.lock_path, text)

    def _replace(self, target: str, text: str) -> None:
        # As readable as the manifest, or its directory.
        like = self.manifest_path if os.path.lexists(self.manifest_path) else self.directory
        with disk_errors(target):
            mode = os.stat(like).st_mode & 0o666 | 0o600
            replace_whole(target, text, mode)


def find_project(start: str, reporter: Reporter | None = None) -> Project:
    """The nearest directory at or above `start` that has models.toml, or failing that models.lock.

    Raises ManifestError where there is neither.
    """
    directory = project_directory(start)
    if directory is not None:
        return Project(directory, reporter)
    raise ManifestError(
        f"models.toml: not found in {os.path.abspath(start)} or above it",
        hint="`modellock init` writes one",
    )


@contextmanager
def _named(path: str | None) -> Iterator[None]:
    """Let errors about another lock name that, and a way to a right one that `lock` does not know.

    None for models.lock itself.
    """
    try:
        yield
    except LockfileError as error:
        if path is None:
            raise
        is_newer = isinstance(error, NewerLockError)
        again = f"take it out of the history again: `git show REVISION:{LOCK_NAME} > {path}`"
        message = str(error).replace(LOCK_NAME, path, 1)
        raise type(error)(message, hint=error.hint if is_newer else again) from error


def _read(path: str, error: type[InputError]) -> str:
    name = os.path.basename(path)
    try:
        return read_regular(path).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise error(f"{name}: is not UTF-8: {fault.reason} at byte {fault.start}") from fault
    except OSError as fault:
        raise error(f"{name}: cannot be read: {fault.strerror}") from fault
