"""A directory of this machine, or one file of it."""

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, OfferedFile, Snapshot
from modellock.errors import FileAccessError, NotFoundError, UnsafeNameError
from modellock.shell.disk import disk_errors
from modellock.shell.local_files import file_url
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.sources import Location, Pinned
from modellock.values.digest import Digest, sha256_of
from modellock.values.globs import matches_any
from modellock.values.wording import visible

_LEFT_OUT = frozenset([".git"])


class LocalSource:
    """Answers for paths that are absolute, or relative to the directory of models.toml."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def candidates(self, spec: Spec) -> Sequence[Candidate]:
        """The one there is: what the directory holds now."""
        del spec
        return (Candidate(),)

    def dated(
        self, spec: Spec, candidate: Candidate, not_after: datetime | None = None
    ) -> Candidate:
        """Without a time: what a directory holds, it holds now."""
        del spec, not_after
        return candidate

    def within(self, spec: Spec, revision: str) -> Candidate | None:
        """Nothing leads anywhere: a directory has no history."""
        del spec, revision
        return None

    def snapshot(self, spec: Spec, candidate: Candidate) -> Snapshot:
        """Every file below, sorted by name and without `.git`; the selected ones hashed.

        Raises NotFoundError where there is nothing; UnsafeNameError for a selected name that is a
        link or something else than a regular file, since a link could lead anywhere;
        FileAccessError where a file cannot be read, or changes while it is.
        """
        del candidate
        top = self._top(spec.origin)
        with disk_errors(top):
            names = list(_names(top, spec))
        files = tuple(_offered(spec, _below(top, name), name) for name in sorted(names))
        return Snapshot(files=files, name=spec.origin)

    def locations(
        self, pinned: Pinned, path: str, asset_id: int | None = None
    ) -> Sequence[Location]:
        """The file itself."""
        del asset_id
        top = self._top(pinned.origin)
        return (Location(url=file_url(_below(top, path))),)

    def _top(self, origin: str) -> str:
        # A link here is what models.toml says itself.
        return os.path.realpath(os.path.join(self._directory, origin))


def _below(top: str, name: str) -> str:
    return os.path.join(top, *name.split("/")) if os.path.isdir(top) else top


def _names(top: str, spec: Spec) -> Iterator[str]:
    try:
        mode = os.stat(top).st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(
            f"{spec.name}: there is no {visible(spec.origin)!r}",
            hint=f"correct `local` below [models.{spec.name}]",
            model=spec.name,
        ) from None
    if stat.S_ISDIR(mode):
        yield from _walk(top, "")
    else:
        yield os.path.basename(os.path.normpath(spec.origin))


def _walk(top: str, prefix: str) -> Iterator[str]:
    with os.scandir(os.path.join(top, prefix)) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.name in _LEFT_OUT:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(top, f"{name}/")
            else:
                yield name


def _offered(spec: Spec, path: str, name: str) -> OfferedFile:
    if not _is_selected(spec, name):
        return OfferedFile(path=name, size=os.lstat(path).st_size)
    size, digest = _hashed(spec, path, name)
    return OfferedFile(path=name, size=size, sha256=digest)


def _is_selected(spec: Spec, name: str) -> bool:
    included = spec.include is None or matches_any(name, spec.include)
    return included and not matches_any(name, spec.exclude)


def _hashed(spec: Spec, path: str, name: str) -> tuple[int, Digest]:
    subject = f"{spec.name}/{visible(name)}"
    with disk_errors(subject):
        _refuse_irregular(spec, path, subject)
        with open_regular(path, NO_LINK) as file:
            before = os.fstat(file.fileno())
            digest = sha256_of(file)
            after = os.fstat(file.fileno())
    if _moment(before) != _moment(after):
        raise FileAccessError(
            f"{subject}: changed while it was read", hint="run `modellock lock` again"
        )
    return after.st_size, digest


def _refuse_irregular(spec: Spec, path: str, subject: str) -> None:
    mode = os.lstat(path).st_mode
    if stat.S_ISREG(mode):
        return
    what = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
    raise UnsafeNameError(
        f"{subject}: is {what}: expected a regular file",
        hint=f"leave it out with `exclude` below [models.{spec.name}]",
        model=spec.name,
    )


def _moment(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
