"""What is said of places that failed: in one error where all did, in one warning each where not.

Of what a mirror sent instead of a file nothing is shown, not even its hash: a models.lock could
name a place, or a file of this machine, whose content its author wants to learn.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from modellock.errors import (
    AuthenticationError,
    DistrustError,
    GoneError,
    ModellockError,
    NotFoundError,
    RateLimitError,
    SeveralErrors,
    TruncatedError,
    WrongContentError,
)
from modellock.values.wording import count_words, visible


@dataclass(frozen=True, slots=True)
class Failure:
    """One place that did not serve a file."""

    mirror: str | None
    """As it is written; None for the origin."""

    error: ModellockError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """A file that a mirror served, since nobody before it did."""

    model: str
    subject: str
    """`<model>/<path>`."""

    mirror: str
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """One warning."""

    message: str
    hint: str | None = None


def summary(subject: str, failures: Sequence[Failure]) -> ModellockError:
    """One error for all places; of failures of one kind at the origin the last, which knows most.

    GitHub's web address answers 404 to whoever is not logged in; its API says more. The origin's
    own error says whether a retry may help; each mirror has a line below it.
    """
    lines = [
        f"\n  mirror {visible(failure.mirror)}: {reason_of(subject, failure.error)}"
        for failure in failures
        if failure.mirror is not None
    ]
    own = {type(failure.error): failure.error for failure in failures if failure.mirror is None}
    errors = list(own.values()) or [GoneError(f"{subject}: no place is known that serves it")]
    if lines:
        errors[-1] = _longer(errors[-1], "".join(lines))
    return errors[0] if len(errors) == 1 else SeveralErrors(errors)


def _longer(error: ModellockError, lines: str) -> ModellockError:
    longer = type(error)(f"{error}{lines}", hint=error.hint, model=error.model)
    if isinstance(longer, RateLimitError) and isinstance(error, RateLimitError):
        longer.host = error.host
    longer.__cause__ = error
    return longer


def reason_of(subject: str, error: ModellockError) -> str:
    """Why a mirror was left for the next place, in a few words."""
    match error:
        case WrongContentError():
            return "sends something else than the file"
        case DistrustError():
            return "has other bytes than models.lock says"
        case GoneError() | NotFoundError():
            return "does not have it"
        case AuthenticationError():
            return "wants a token, and a mirror gets none"
        case TruncatedError():
            return "breaks off, or stops sending"
        case _:
            return _words(subject, error)


def remarks_on(rescues: Iterable[Rescue]) -> Iterator[Remark]:
    """One warning for each origin, and one for each mirror, that was left for another place."""
    rescues = sorted(rescues, key=lambda rescue: rescue.subject)
    yield from _on_origins(rescues)
    yield from _on_mirrors(rescues)


def _on_origins(rescues: Sequence[Rescue]) -> Iterator[Remark]:
    # By the kind of failure: seconds to wait and bytes received differ from file to file.
    alike: dict[tuple[str, type[ModellockError]], list[tuple[Rescue, ModellockError]]] = {}
    for rescue in rescues:
        own = [failure.error for failure in rescue.failures if failure.mirror is None]
        if own:
            alike.setdefault((rescue.model, type(own[-1])), []).append((rescue, own[-1]))
    for (model, _), saved in alike.items():
        (first, error), mirrors = saved[0], sorted({rescue.mirror for rescue, _ in saved})
        source = visible(mirrors[0]) if len(mirrors) == 1 else f"{len(mirrors)} mirrors"
        words, count = _origin_words(first.subject, error), count_words(len(saved), "file")
        yield Remark(
            f"{visible(model)}: {words}; {count} came from {source}",
            hint=f"`modellock verify --upstream {visible(model)}` says what upstream still has",
        )


def _origin_words(subject: str, error: ModellockError) -> str:
    words = _words(subject, error)
    match error:
        case WrongContentError():
            return "the origin sends something else than what is locked"
        case DistrustError():
            return "the origin has other bytes than models.lock says"
        case TruncatedError():
            return "the origin breaks off, or stops sending"
        case GoneError() | NotFoundError():
            return f"the origin is gone: {words}"
        case AuthenticationError():
            # The Hub tells strangers nothing else of what is gone.
            return f"the origin may be gone: {words}"
        case _:
            return words


def _on_mirrors(rescues: Sequence[Rescue]) -> Iterator[Remark]:
    by_mirror: dict[str, list[tuple[str, str]]] = {}
    for rescue in rescues:
        for failure in rescue.failures:
            if failure.mirror is not None:
                words = reason_of(rescue.subject, failure.error)
                by_mirror.setdefault(failure.mirror, []).append((rescue.subject, words))
    for mirror, failed in by_mirror.items():
        subject, words = failed[0]
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        yield Remark(
            f"mirror {visible(mirror)}: {words}: {visible(subject)}{more}",
            hint="another place had the right bytes",
        )


def _words(subject: str, error: ModellockError) -> str:
    """The first line of an error without the file that it is about."""
    return str(error).partition("\n")[0].removeprefix(f"{subject}: ")
