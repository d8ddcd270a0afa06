"""Whether a model that models.toml declares is what another one refers to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from modellock.decisions.closure_files import is_narrowed, lacks
from modellock.decisions.closure_needs import Mention, Need, place_of
from modellock.documents.lockfile import LockedModel
from modellock.documents.offers import Snapshot
from modellock.errors import ClosureConflictError
from modellock.values.wording import visible

_SHORT = 12
_MOST_NAMED = 3


def unknown(
    need: Need, declared: Sequence[LockedModel], answers: Mapping[Need, Snapshot]
) -> Iterator[Need]:
    """What must be asked before `server_of` can tell."""
    for model in declared:
        if not _is_asked_for(model, need) and need not in answers:
            yield need
        at = Need(place_of(model), model.commit or "")
        if is_narrowed(model) and at not in answers:
            yield at


def server_of(
    need: Need,
    mentions: Iterable[Mention],
    declared: Sequence[LockedModel],
    answers: Mapping[Need, Snapshot],
) -> LockedModel:
    """The first declared model whose commit and files cover a need.

    Raises ClosureConflictError, still without the chain that leads to it.
    """
    faults = []
    for model in declared:
        fault = _fault(model, need, mentions, answers)
        if fault is None:
            return model
        faults.append((model, fault))
    model, (problem, key) = faults[0]
    raise ClosureConflictError(
        f"{model.name}: does not serve what refers to {visible(str(need))}: {problem}",
        hint=f"change `{key}` below [models.{model.name}], or write `closure = false` below "
        "the model that refers to it",
        model=model.name,
    )


def _fault(
    model: LockedModel,
    need: Need,
    mentions: Iterable[Mention],
    answers: Mapping[Need, Snapshot],
) -> tuple[str, str] | None:
    """What is wrong, and which key of models.toml may mend it."""
    if not _is_asked_for(model, need) and answers[need].commit != model.commit:
        commits = _short(answers[need].commit), _short(model.commit)
        return f"expected commit {commits[0]}, received {commits[1]}", "revision"
    if not is_narrowed(model):
        return None
    offered = answers[Need(place_of(model), model.commit or "")].files
    missing = sorted({path for one in mentions for path in lacks(model, one.reference, offered)})
    if not missing:
        return None
    shown = ", ".join(visible(path) for path in missing[:_MOST_NAMED])
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    return f"it lacks {shown}{more}", _narrowing_key(model)


def _is_asked_for(model: LockedModel, need: Need) -> bool:
    """Whether models.toml and the reference mean one revision, as far as their words tell.

    A reference that names none is content with the version that the project declares.
    """
    asked = dict(model.requested).get("revision")
    return not need.is_bound or need.revision in (model.commit, model.tag, asked)


def _narrowing_key(model: LockedModel) -> str:
    keys = [key for key, _ in model.requested if key in ("include", "exclude", "formats")]
    return keys[0]


def _short(commit: str | None) -> str:
    return (commit or "")[:_SHORT]
