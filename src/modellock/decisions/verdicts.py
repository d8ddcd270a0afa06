"""What to say when a file that was fetched is not what was expected."""

from typing import Protocol

from modellock.errors import (
    GoneError,
    MismatchError,
    ModellockError,
    NotFoundError,
    WrongContentError,
)
from modellock.values.addresses import without_query
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from modellock.values.wording import visible


class Expected(Protocol):
    """A file on its way."""

    @property
    def subject(self) -> str:
        """`<model>/<path>`."""
        ...

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    @property
    def kind(self) -> Kind:
        """Of the model's origin."""
        ...

    @property
    def digest(self) -> Digest | None:
        """The sha256, where it is known."""
        ...

    @property
    def size(self) -> int | None:
        """Bytes, where they are known."""
        ...

    @property
    def git_sha1(self) -> str | None:
        """The git object id, where that is all that is known."""
        ...

    @property
    def gated(self) -> bool:
        """Whether the repository's terms must be accepted first."""
        ...


def is_locked(expected: Expected) -> bool:
    """Whether all is known of a file, as of those in models.lock; else it is being locked."""
    return expected.digest is not None and expected.size is not None


def wrong_bytes(expected: Expected, received: Digest | str, url: str) -> MismatchError:
    """`received` is a sha256, or a git object id where only that was expected."""
    awaited = expected.digest or f"git object {expected.git_sha1}"
    return _mismatch(expected, f"expected {awaited}, received {received}", url)


def wrong_size(expected: Expected, received: int, url: str) -> MismatchError:
    """The body has another number of bytes, whole as it is."""
    return _mismatch(expected, f"expected {expected.size} bytes, received {received} bytes", url)


def too_many_bytes(expected: Expected, url: str) -> MismatchError:
    """The body goes on where the file should end."""
    return _mismatch(expected, f"expected {expected.size} bytes, received more", url)


def wrong_content(expected: Expected, what: str, url: str) -> WrongContentError:
    """`what` came instead of the file."""
    size = "a file" if expected.size is None else f"{expected.size} bytes"
    awaited = size if expected.digest is None else f"{size} with {expected.digest}"
    return WrongContentError(
        f"{expected.subject}: expected {awaited}, received {what}{_from(url)}",
        hint=_hint(expected),
        model=expected.model,
    )


def missing_locally(expected: Expected, url: str) -> ModellockError:
    """A file of a local origin is not there (any more)."""
    kind = GoneError if is_locked(expected) else NotFoundError
    return kind(
        f"{expected.subject}: its origin no longer has it{_from(url)}",
        hint=_hint(expected),
        model=expected.model,
    )


def _mismatch(expected: Expected, fault: str, url: str) -> MismatchError:
    liar = (
        "\n  a commit never changes: the server, or something on the way to it, lies"
        if expected.kind is Kind.HUB
        else ""
    )
    return MismatchError(
        f"{expected.subject}: {fault}{_from(url)}{liar}",
        hint=_hint(expected),
        model=expected.model,
    )


def _from(url: str) -> str:
    return f"\n  from {visible(without_query(url))}"


def _hint(expected: Expected) -> str:
    model = visible(expected.model)
    if expected.kind is Kind.LOCAL:
        return f"if that change was meant, run `modellock update {model}`"
    if is_locked(expected):
        return (
            f"keep models.lock, and ask what upstream says: `modellock verify --upstream {model}`"
        )
    if expected.kind is Kind.URL and expected.digest is not None:
        return f"if you trust the new file, change `sha256` below [models.{model}]"
    return f"check what [models.{model}] points to"
