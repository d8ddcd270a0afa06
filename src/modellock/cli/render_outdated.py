"""What `outdated` says: a row for each model that has something newer, and as a document."""

from collections.abc import Iterator
from datetime import UTC, datetime

from modellock.cli.tables import aligned
from modellock.documents.lockfile import LockedModel
from modellock.documents.offers import Candidate
from modellock.values.wording import age_words, count_words, size_words, visible
from modellock.verbs.outdated_result import ModelOutlook, OutdatedResult


def outdated_lines(result: OutdatedResult, *, now: datetime) -> Iterator[str]:
    """The result for a person."""
    rows = [_row(one, now) for one in result.models if one.is_outdated or one.is_left_behind]
    yield from aligned(rows)
    if result.untold:
        names = ", ".join(map(visible, result.untold))
        yield f"Not asked, since only their bytes could tell: {names}"
    movable = sum(model.is_outdated for model in result.models)
    total = count_words(len(result.models), "model")
    if movable:
        yield f"{movable} of {total} can move: run `modellock update`"
    elif not result.findings:
        yield f"Nothing to move: {total} at the newest version that models.toml allows"


def _row(model: ModelOutlook, now: datetime) -> tuple[str, str]:
    """`minilm`, `ffd9cfc745fd -> 9bd874bc001f (3 days old, 2.4 kB to fetch)`."""
    pinned = _pinned_words(model.pinned)
    told = f"{pinned} is the newest allowed"
    if model.is_outdated:
        remarks = f"{_age(model.allowed, now)}, {size_words(model.to_fetch)} to fetch"
        told = f"{pinned} -> {_words(model.allowed)} ({remarks})"
    if model.is_left_behind:
        told += f"; newest is {_words(model.newest)} ({_age(model.newest, now)})"
    return visible(model.pinned.name), told


def _pinned_words(pinned: LockedModel) -> str:
    return visible(pinned.tag) if pinned.tag else (pinned.commit or "")[:12]


def _words(candidate: Candidate) -> str:
    return visible(candidate.tag) if candidate.tag else (candidate.commit or "")[:12]


def _age(candidate: Candidate, now: datetime) -> str:
    if candidate.published is None:
        return "of unknown age"
    return f"{age_words((now - candidate.published).total_seconds())} old"


def outdated_document(result: OutdatedResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "outdated": result.is_outdated,
        "models": [_outlook_document(model) for model in result.models],
        "untold": list(result.untold),
        "findings": [
            {
                "code": error.code,
                "message": str(error),
                "hint": error.hint,
                "model": error.model,
            }
            for error in result.findings
        ],
    }


def _outlook_document(model: ModelOutlook) -> dict[str, object]:
    pinned = model.pinned
    return {
        "model": pinned.name,
        "outdated": model.is_outdated,
        "pinned": {
            "version": pinned.version,
            "tag": pinned.tag,
            "commit": pinned.commit,
            "time": _time(pinned.committed or pinned.published),
        },
        "allowed": _candidate_document(model.allowed),
        "newest": _candidate_document(model.newest),
        "to_fetch": model.to_fetch,
    }


def _candidate_document(candidate: Candidate) -> dict[str, object]:
    return {
        "version": candidate.version,
        "tag": candidate.tag,
        "commit": candidate.commit,
        "time": _time(candidate.published),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
