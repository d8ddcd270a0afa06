"""Archives and parts in the store, and the files that come out of them published beside them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event

from modellock.decisions.packing import Package, Packing
from modellock.documents.lockfile import LockedFile
from modellock.errors import ArchiveError, MismatchError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import StoppedError
from modellock.shell.disk import disk_errors
from modellock.shell.store import Store
from modellock.shell.unpacking import Content, files_in
from modellock.shell.unpacking_engines import INSTALL_ZSTD
from modellock.shell.volumes import Volume
from modellock.values.digest import ContentHasher
from modellock.values.wording import visible

Heed = Callable[[int], None]
"""Hears of each block how many bytes it has; what it raises ends the work, and nothing unfinished
is published."""


class Expansion:
    """The packages of one model, made into files. Their blobs must be in the store.

    `remedy` is the hint where an archive is refused.
    """

    def __init__(
        self, store: Store, model: str, packing: Packing, *, heed: Heed, remedy: str
    ) -> None:
        self._store = store
        self._model = model
        self._packing = packing
        self._heed = heed
        self._remedy = remedy

    def files_of(self, package: Package) -> tuple[LockedFile, ...]:
        """Publish each file of a package; returns them in the order of the archive.

        Raises ArchiveError, which names archive and member; NoSpaceError, FileAccessError.
        """
        if self._is_itself(package):
            (file,) = package.parts
            return (LockedFile(file.path, file.size, file.digest),)
        with self._opened(package) as contents:
            return tuple(self._published(path, content, None) for path, content in contents)

    def restore(self, package: Package, wanted: Mapping[str, LockedFile]) -> frozenset[str]:
        """Publish those of a package's files that are wanted, by path, and the store lacks.

        Returns the paths of all files of the package. Raises what `files_of` raises, and
        MismatchError where a wanted file has other bytes.
        """
        if self._is_itself(package):
            self._check_itself(package, wanted.get(package.path))
            return frozenset([package.path])
        paths = set()
        with self._opened(package) as contents:
            for path, content in contents:
                paths.add(path)
                file = wanted.get(path)
                if file is not None and not self._store.has(file.digest, file.size):
                    self._published(path, content, file)
        return frozenset(paths)

    def missing(self, file: LockedFile) -> MismatchError:
        """The error for a locked file that none of the packages has."""
        return self._mismatch(file.path, f"expected {file.digest}, unpacked no such file")

    def _is_itself(self, package: Package) -> bool:
        """Whether what was fetched is what is placed: beside parts, files that are none."""
        return not self._packing.unpack and not package.is_cut

    def _check_itself(self, package: Package, expected: LockedFile | None) -> None:
        (file,) = package.parts
        if expected is not None and expected.digest != file.digest:
            fault = f"expected {expected.digest}, and what is fetched for it is {file.digest}"
            raise self._mismatch(package.path, fault)

    @contextmanager
    def _opened(self, package: Package) -> Iterator[Iterator[tuple[str, Content]]]:
        subject = f"{self._model}/{package.path}"
        paths = [self._store.path_of(part.digest) for part in package.parts]
        with self._refusals(subject), disk_errors(subject), Volume(paths) as volume:
            if self._packing.unpack:
                yield files_in(volume, package.path, strip=self._packing.strip)
            else:
                yield iter([(package.path, volume.blocks())])

    @contextmanager
    def _refusals(self, subject: str) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            message = f"{subject}: {visible(str(error))}"
            raise ArchiveError(message, hint=self._remedy, model=self._model) from error
        except ImportError as error:
            lacks_zstd = "zstd" in str(error)
            raise ArchiveError(
                f"{subject}: cannot be unpacked by this Python: {error}",
                hint=f"run `{INSTALL_ZSTD}`" if lacks_zstd else None,
                model=self._model,
            ) from error

    def _published(self, path: str, content: Content, expected: LockedFile | None) -> LockedFile:
        hasher = ContentHasher()
        digest = None if expected is None else expected.digest
        with self._store.stage(digest) as staging:
            for block in content:
                self._heed(len(block))
                hasher.update(block)
                if expected is not None and hasher.size > expected.size:
                    break
                staging.write(block)
            if expected is not None:
                self._refuse_other(path, expected, hasher)
            # What a killed lock published: 3,000 small files take a busy disk 30 s, a look 5 s.
            if not self._store.has(hasher.sha256, hasher.size):
                staging.publish(hasher)
        return LockedFile(path, hasher.size, hasher.sha256)

    def _refuse_other(self, path: str, expected: LockedFile, hasher: ContentHasher) -> None:
        if hasher.size != expected.size:
            count = "more" if hasher.size > expected.size else hasher.size
            raise self._mismatch(path, f"expected {expected.size} bytes, unpacked {count}")
        if hasher.sha256 != expected.digest:
            raise self._mismatch(path, f"expected {expected.digest}, unpacked {hasher.sha256}")

    def _mismatch(self, path: str, fault: str) -> MismatchError:
        return MismatchError(
            f"{self._model}/{visible(path)}: {fault}",
            hint=self._remedy,
            model=self._model,
        )


def heeding(stop: Event, reporter: Reporter) -> Heed:
    """What tells of each block, and raises StoppedError once a run is interrupted."""

    def heed(count: int) -> None:
        if stop.is_set():
            raise StoppedError
        reporter.unpacked(count)

    return heed
