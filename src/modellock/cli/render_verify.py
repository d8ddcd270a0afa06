"""What `verify` says of placed files, of the store and of upstream: as lines, and as a document."""

from collections.abc import Iterator

from modellock.cli.checked import total_words
from modellock.values.wording import age_words, count_words, size_words, visible
from modellock.verbs.upstream_result import UpstreamResult
from modellock.verbs.verify_result import VerifyResult


def verify_lines(result: VerifyResult, *, now: float, took: str) -> Iterator[str]:
    """The result for a person; `now` in seconds since the epoch."""
    yield from (visible(str(fault)) for fault in result.faults)
    yield from (f"{visible(name)}: shows two versions" for name in result.mixed)
    total = total_words(result.models, result.files, result.size)
    if result.deep:
        blobs = f" and {count_words(result.blobs, 'blob')} of the store" if result.blobs else ""
        done = f"Hashed {total}{blobs} in {took}"
    else:
        done = f"Checked {total} in {took}{_age_of_hash(result, now)}"
    faults = count_words(len(result.faults), "fault")
    if result.is_repaired:
        yield from (f"Kept an edited file as {visible(path)}" for path in result.kept)
        yield f"{done}: repaired {faults}{_fetched_words(result)}"
    elif result.is_whole:
        yield f"{done}: whole"
    else:
        command = "modellock verify --repair" if result.is_damaged else "modellock sync"
        yield f"{done}: {faults}; run `{command}`"


def _fetched_words(result: VerifyResult) -> str:
    if not result.fetches:
        return ", nothing was to be fetched"
    return f", fetched what was damaged of {count_words(len(result.fetches), 'file')}"


def _age_of_hash(result: VerifyResult, now: float) -> str:
    if result.hashed_at is None:
        return ""
    return f"; last full hash {age_words(now - result.hashed_at)} ago"


def verify_document(result: VerifyResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "whole": result.is_whole,
        "deep": result.deep,
        "models": result.models,
        "files": result.files,
        "size": result.size,
        "blobs": result.blobs,
        "hashed_at": result.hashed_at,
        "mixed": list(result.mixed),
        "repaired": result.is_repaired,
        "fetched": list(result.fetches),
        "kept": list(result.kept),
        "faults": [
            {
                "model": fault.model,
                "path": fault.path,
                "trouble": fault.trouble,
                "expected": None if fault.expected is None else str(fault.expected),
                "received": None if fault.received is None else str(fault.received),
            }
            for fault in result.faults
        ],
    }


def upstream_lines(result: UpstreamResult, *, took: str) -> Iterator[str]:
    """For a person, what upstream confirmed."""
    yield from (
        f"{visible(subject)}: still there; upstream says nothing of its content"
        for subject in result.unsure
    )
    total = total_words(result.models, result.files, result.size)
    fetched = f", fetched {size_words(result.fetched)} to tell" if result.fetched else ""
    yield f"Upstream says the same as models.lock of {total}; asked in {took}{fetched}"


def upstream_document(result: UpstreamResult) -> dict[str, object]:
    """For a program, what upstream confirmed."""
    return {
        "whole": result.is_whole,
        "models": result.models,
        "files": result.files,
        "size": result.size,
        "warnings": list(result.warnings),
        "unsure": list(result.unsure),
        "fetched": result.fetched,
    }
