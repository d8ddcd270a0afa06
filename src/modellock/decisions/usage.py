"""Who uses which of a store's bytes: what is one model's alone, and what several share."""

from collections.abc import Mapping
from dataclasses import dataclass

from modellock.values.digest import Digest


@dataclass(frozen=True, slots=True)
class User:
    """A model of a project, or all that is known of a project."""

    project: str
    model: str | None
    """None for what cannot be told apart: its models.lock cannot be read here, or says other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one user has in the store; sizes in bytes."""

    user: User
    files: int
    """Different ones that the store holds."""

    missing: int
    """Those that it does not hold."""

    size: int
    unique: int
    """Bytes that nobody else uses."""

    shared_with: tuple[User, ...]

    @property
    def shared(self) -> int:
        """Bytes that others use, too."""
        return self.size - self.unique


def usages(
    users: Mapping[User, frozenset[Digest]], sizes: Mapping[Digest, int]
) -> tuple[Usage, ...]:
    """What each user has of the blobs whose `sizes` are given in bytes; in the order of users."""
    holders: dict[Digest, list[User]] = {}
    for user, digests in users.items():
        for digest in digests:
            holders.setdefault(digest, []).append(user)
    return tuple(_usage(user, digests, holders, sizes) for user, digests in users.items())


def _usage(
    user: User,
    digests: frozenset[Digest],
    holders: Mapping[Digest, list[User]],
    sizes: Mapping[Digest, int],
) -> Usage:
    here = [digest for digest in digests if digest in sizes]
    others = {other for digest in here for other in holders[digest]} - {user}
    return Usage(
        user=user,
        files=len(here),
        missing=len(digests) - len(here),
        size=sum(sizes[digest] for digest in here),
        unique=sum(sizes[digest] for digest in here if len(holders[digest]) == 1),
        shared_with=tuple(sorted(others, key=lambda one: (one.project, one.model or ""))),
    )
