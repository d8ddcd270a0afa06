"""Every error that modellock raises on purpose.

    ModellockError
      UnmetError           1  the answer is no, as things are
        MissingLockError        there is no models.lock
        StaleLockError          models.toml has outgrown models.lock
        NotFoundError           a repository, revision, release or file does not exist at lock
        NoVersionError          no version within bounds
        SelectionError          the selection is empty, ambiguous or lacks a shard
        ClosureConflictError    a declared model is not what another one refers to
        PlacementError          models that cannot be placed together
        RenamedError            a repository answers under a new name
        ObstructedError         a file that is not ours is in the way
        LinkModeError           the link mode that was asked for does not work here
        MissingFilesError       what should be on disk is not
      InputError           2  usage, or a file that cannot be used
        UsageError
        UnknownNameError        no such model, group or file
        UnsafeNameError         a name that may not stand in a lock
        ManifestError           models.toml
        LockfileError           models.lock
          ConflictMarkersError
          NewerLockError
        VariableConflictError   two models need different values of one environment variable
        UnsupportedError        a later version of modellock brings this
        FileAccessError         the system refuses a file or a directory
        ArchiveError            an archive that cannot be unpacked, or may not be
      TransientError       3  a retry may help
        NetworkError, CertificateError, ServerError
        TruncatedError          a body cut short
        RateLimitError
        AuthenticationError
        GatedError
        GoneError               the origin is gone and no other place serves
        OfflineError            missing, and the network is off
        NoSpaceError
        StoreInUseError         somebody works in the store, and does not end
      DistrustError        4  never retry
        MismatchError           wrong hash or size
        WrongContentError       an HTML page, an LFS pointer or an encoded body instead of the file
        IdentityError           another repository under the same name
        ReplacedError           an asset or a tag that was replaced upstream
      StartError              the program of `run` did not start
        NotExecutableError 126  it is there and cannot be executed
        CommandNotFoundError 127
    SeveralErrors              more than one of the above; as grave as its gravest
    CancelledError             a program's own `cancel`; the command raises KeyboardInterrupt

The classes that carry a number decide the exit code (`modellock.cli.exits`); each leaf's `code` is
stable and stands in `--json`. `str(error)` is what a person reads: subject, what is wrong,
expected, received.
"""

from collections.abc import Sequence


class ModellockError(Exception):
    """What went wrong in one sentence, and the one command that may mend it."""

    code = "error"

    def __init__(self, message: str, *, hint: str | None = None, model: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        """One sentence with at most one command in backticks."""
        self.model = model
        """The model this is about, where it is about one."""


class UnmetError(ModellockError):
    """The answer is no, as things are."""

    code = "unmet"


class MissingLockError(UnmetError):
    """There is no models.lock."""

    code = "missing-lock"


class StaleLockError(UnmetError):
    """models.toml has outgrown models.lock; the message's further lines say how, model by model."""

    code = "stale-lock"


class NotFoundError(UnmetError):
    """A repository, revision, release or file does not exist upstream."""

    code = "not-found"


class NoVersionError(UnmetError):
    """No version lies within the bounds."""

    code = "no-version"


class SelectionError(UnmetError):
    """A selection that is empty, ambiguous, or lacks a shard."""

    code = "selection"


class ClosureConflictError(UnmetError):
    """A declared model is not what another one refers to; further lines are the chain."""

    code = "closure-conflict"


class PlacementError(UnmetError):
    """Models that cannot be placed together: two files at one path, two commits called `main`."""

    code = "placement"


class RenamedError(UnmetError):
    """A repository answers under another name, with the same identity."""

    code = "renamed"


class ObstructedError(UnmetError):
    """A file that modellock did not place is in the way."""

    code = "obstructed"


class LinkModeError(UnmetError):
    """The link mode that was asked for does not work between the store and this place."""

    code = "link-mode"


class MissingFilesError(UnmetError):
    """What should be on disk is not."""

    code = "missing-files"


class InputError(ModellockError):
    """Usage, or a file that cannot be used."""

    code = "input"


class UsageError(InputError):
    """Flags or arguments that make no sense together."""

    code = "usage"


class UnknownNameError(InputError):
    """No such model, group or file."""

    code = "unknown-name"


class UnsafeNameError(InputError):
    """A name that may not stand in a lock."""

    code = "unsafe-name"


class ManifestError(InputError):
    """models.toml is missing or cannot be used."""

    code = "invalid-manifest"


class LockfileError(InputError):
    """models.lock cannot be used."""

    code = "invalid-lock"


class ConflictMarkersError(LockfileError):
    """models.lock or models.toml holds the markers of an unfinished merge."""

    code = "conflict-markers"


class NewerLockError(LockfileError):
    """models.lock was written by a newer modellock."""

    code = "newer-lock"


class VariableConflictError(InputError):
    """Two models need different values of one environment variable."""

    code = "variable-conflict"


class UnsupportedError(InputError):
    """Specified, but this version of modellock does not do it yet."""

    code = "not-supported"


class FileAccessError(InputError):
    """The system refuses a file or a directory."""

    code = "file-access"


class ArchiveError(InputError):
    """An archive that cannot be unpacked, or may not be."""

    code = "archive"


class TransientError(ModellockError):
    """A retry may help."""

    code = "transient"


class NetworkError(TransientError):
    """A host could not be reached, or stopped answering."""

    code = "network"


class CertificateError(TransientError):
    """A host's certificate could not be verified."""

    code = "certificate"


class ServerError(TransientError):
    """A server answered 5xx, again and again."""

    code = "server"


class TruncatedError(TransientError):
    """A body was cut short."""

    code = "truncated"


class RateLimitError(TransientError):
    """A server asks for patience."""

    code = "rate-limit"
    host: str | None = None
    """Who asks; whatever is asked of it fails alike."""


class AuthenticationError(TransientError):
    """A server wants a token, or refuses the one it got."""

    code = "authentication"


class GatedError(TransientError):
    """A repository's terms have not been accepted."""

    code = "gated"


class GoneError(TransientError):
    """The origin no longer serves what was locked, and no other place does."""

    code = "gone"


class OfflineError(TransientError):
    """Something is missing, and the network is off."""

    code = "offline"


class NoSpaceError(TransientError):
    """A file system is full, or would be."""

    code = "no-space"


class StoreInUseError(TransientError):
    """Somebody works in the store who may not be disturbed, and does not come to an end."""

    code = "store-in-use"


class DistrustError(ModellockError):
    """Never retry."""

    code = "distrust"


class MismatchError(DistrustError):
    """Bytes that are not the locked ones."""

    code = "hash-mismatch"


class WrongContentError(DistrustError):
    """A page, a pointer or an encoded body where a file should be."""

    code = "wrong-content"


class IdentityError(DistrustError):
    """Another repository answers under a locked name."""

    code = "identity"


class ReplacedError(DistrustError):
    """A locked asset or tag was replaced upstream."""

    code = "replaced"


class StartError(ModellockError):
    """The program of `run` did not start; the code that it ends with is what shells end with."""

    code = "not-started"


class NotExecutableError(StartError):
    """The program of `run` is there and cannot be executed."""

    code = "not-executable"


class CommandNotFoundError(StartError):
    """The program of `run` is not there."""

    code = "command-not-found"


class SeveralErrors(ModellockError):  # noqa: N818 - it is not one error
    """Several models failed; the others are done."""

    code = "several"

    def __init__(self, errors: Sequence[ModellockError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors: tuple[ModellockError, ...] = tuple(errors)


class CancelledError(ModellockError):
    """The program that called wanted no more of it; what had arrived is in the store."""

    code = "cancelled"
