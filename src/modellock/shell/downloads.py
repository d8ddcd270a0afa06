"""One large file on its way: continued where it was left, over any number of connections."""

import threading
from collections.abc import Sequence

from modellock.decisions.claims import Claim
from modellock.decisions.fallbacks import Failure
from modellock.errors import DistrustError, FileAccessError, ModellockError, NoSpaceError
from modellock.ports.reporting import Reporter
from modellock.shell.assembly import OutdatedError
from modellock.shell.awaited import SILENCE, Awaited
from modellock.shell.connection import Connection
from modellock.shell.crew import StoppedError
from modellock.shell.deliveries import Wanted
from modellock.shell.heard import Heard
from modellock.shell.httpclient import HttpClient
from modellock.shell.partial_files import Partial
from modellock.shell.range_intake import WrongRangeError
from modellock.shell.salvage import salvage
from modellock.shell.store import Store
from modellock.shell.store_partials import arrived_so_far, open_own_partial, open_partial
from modellock.shell.undertaking import Undertaking
from modellock.values.digest import Digest


class Download:
    """A file whose digest and size are known. Threads call `work`, each with its own connection.

    Another process that fetches it is waited for, unless nothing comes for `silence` seconds.
    """

    def __init__(
        self,
        store: Store,
        client: HttpClient,
        wanted: Wanted,
        reporter: Reporter,
        *,
        silence: float = SILENCE,
    ) -> None:
        self.fault: ModellockError | None = None
        """Why it was given up, where no place is to blame."""

        self.received: tuple[Digest, int] | None = None
        """The sha256 and size in bytes of what the store has now."""

        self._store = store
        self._client = client
        self._wanted = wanted
        self._digest, self._size = _known(wanted)
        self._heard = Heard(reporter, wanted.subject, wanted.model)
        self._awaited = Awaited(self._size, silence=silence)
        self._file: Undertaking | None = None
        self._ending = threading.Lock()

    @property
    def failures(self) -> Sequence[Failure]:
        """What places did wrong, in the order in which they were asked."""
        return () if self._file is None else self._file.failures

    @property
    def mirror(self) -> str | None:
        """The one that served the last of it; None for the origin, or where nobody was asked."""
        return None if self._file is None else self._file.mirror

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        no_place = len(self.failures) == len(self._wanted.locations)
        return self.received is not None or self.fault is not None or no_place

    @property
    def may_be_shared(self) -> bool:
        """Whether another connection may have something to do, now or later."""
        return not self.is_over

    @property
    def on_offer(self) -> int:
        """Bytes that another connection could bring, where it pays; else 0."""
        return 0 if self._file is None or self.is_over else self._file.on_offer

    def begin(self) -> bool:
        """Take up what is here of it; False while another process fetches it.

        Raises NoSpaceError and FileAccessError; StoppedError once `client.stop` is set.
        """
        self._heard.begun(self._size)
        partial = open_partial(self._store, self._digest, self._size) or self._taken_over()
        if partial is None:
            return False
        self._heard.here()
        self._salvage(partial)
        self._file = Undertaking(partial, self._wanted, self._heard)
        # Only now, because another process may have published it until it let go of it.
        if self._store.has(self._digest, self._size):
            self.received = (self._digest, self._size)
            self._heard.resumed(self._size)
            partial.discard()
        return True

    def work(self) -> None:
        """Bring bytes over one connection, until others bring all that is left or it is over.

        Raises StoppedError once `client.stop` is set.
        """
        while self._file is not None and not self.is_over:
            if self._client.stop.is_set():
                raise StoppedError
            claim = self._file.claim()
            goes_on = self._end(self._file) if claim is None else self._bring(self._file, claim)
            if not goes_on:
                return

    def close(self) -> None:
        """Leave what is here to whoever comes next."""
        if self._file is not None:
            self._file.assembly.close()

    def _salvage(self, partial: Partial) -> None:
        """Begin with what is right of a damaged blob, unless another process mended it."""
        try:
            if not self._store.has(self._digest, self._size):
                salvage(self._store, self._digest, partial, self._client.stop)
        except (ModellockError, StoppedError):
            partial.close()
            raise

    def _taken_over(self) -> Partial | None:
        """What another process has brought that brings no more; None while it goes on."""
        arrived = arrived_so_far(self._store, self._digest)
        self._heard.elsewhere(arrived)
        if not self._awaited.is_deserted(arrived):
            return None
        self._heard.deserted(self._awaited.silence)
        return open_own_partial(self._store, self._digest, self._size)

    def _bring(self, file: Undertaking, claim: Claim) -> bool:
        """Bring what was claimed; False where there is one connection too many."""
        try:
            Connection(self._client, self._wanted, file, claim).bring()
        except OutdatedError:
            pass
        except WrongRangeError as error:
            file.distrust(claim, error)
        except (NoSpaceError, FileAccessError) as error:
            # Of this machine, not of that place.
            self.fault = error
            file.stop()
        except DistrustError as error:
            file.leave(claim, error)
        except ModellockError as error:
            if file.spare(claim):
                return False
            file.leave(claim, error)
        finally:
            file.release(claim)
        return True

    def _end(self, file: Undertaking) -> bool:
        """Publish what is whole, if it is right; False where that is not for this thread to do."""
        if not file.assembly.is_whole() or not self._ending.acquire(blocking=False):
            return False
        try:
            if not self.is_over:
                self._publish(file)
        except (NoSpaceError, FileAccessError) as error:
            self.fault = error
        finally:
            self._ending.release()
        return True

    def _publish(self, file: Undertaking) -> None:
        tries = self._client.tries(self._wanted.subject)

        def heed(hashed: int) -> None:
            tries.check()
            self._heard.hashed(hashed)

        hasher = file.assembly.finish(heed)
        if hasher.sha256 == self._digest:
            if file.assembly.partial.publish(hasher):
                self.received = (self._digest, self._size)
        else:
            file.discredit(hasher.sha256)


def _known(wanted: Wanted) -> tuple[Digest, int]:
    if wanted.digest is None or wanted.size is None:
        raise ValueError(f"{wanted.subject}: digest and size are not known")
    return wanted.digest, wanted.size
