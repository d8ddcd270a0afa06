"""The refs of a repository in a Hub's cache: by which names its commits are found offline."""

from collections.abc import Iterator, Sequence

from modellock.documents.lockfile import LockedModel
from modellock.values.origins import DEFAULT_REVISION, is_commit
from modellock.values.paths import fold, parse_path


def refs_of(model: LockedModel, twins: Sequence[LockedModel]) -> Iterator[str]:
    """The names below `refs` that lead to a model's commit; `twins` are all of its repository.

    `main` is always somebody's, since a load that names no revision asks for it. Raises ValueError
    where it cannot be told whose.
    """
    if model.commit == _main_commit(twins):
        yield DEFAULT_REVISION
    name = asked_as(model)
    if not is_commit(name) and _is_safe(name):
        yield name


def asked_as(model: LockedModel) -> str:
    """The branch, tag or commit by which a model was asked for, or chosen by its version."""
    if not model.is_declared:
        return model.revision or DEFAULT_REVISION
    requested = dict(model.requested)
    if "version" in requested and model.tag is not None:
        return model.tag
    return str(requested.get("revision", DEFAULT_REVISION))


def _main_commit(twins: Sequence[LockedModel]) -> str | None:
    """Of one commit that one; of several the one that somebody asks for as `main`.

    Where nobody wrote any of them into models.toml, the one with the plain key stands in.
    """
    called = {one.commit for one in twins if asked_as(one) == DEFAULT_REVISION}
    commits = called or {one.commit for one in twins}
    if len(commits) == 1:
        return commits.pop()
    if not called and not any(one.is_declared for one in twins):
        return next((one.commit for one in twins if one.name == one.origin), None)
    raise ValueError(_ambiguous(twins, every=bool(called)))


def _ambiguous(twins: Sequence[LockedModel], *, every: bool) -> str:
    first = twins[0]
    other = next(one for one in twins if one.commit != first.commit)
    fault = "both are" if every else "none is"
    return (
        f"`{first.name}` and `{other.name}` are two commits of {first.origin} in one cache, "
        f"and {fault} its `{DEFAULT_REVISION}`"
    )


def _is_safe(revision: str) -> bool:
    """Whether a revision can be a file's name everywhere, besides `main`."""
    try:
        parse_path(revision)
    except ValueError:
        return False
    return fold(revision).partition("/")[0] != DEFAULT_REVISION
