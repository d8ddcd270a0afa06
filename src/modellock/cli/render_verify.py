"""What `verify` says: a line for each fault, and as a document."""

from collections.abc import Iterator

from modellock.cli.checked import total_words
from modellock.verbs.verify_result import VerifyResult
from modellock.wording import age_words, count_words, visible


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
    if result.is_whole:
        yield f"{done}: whole"
    else:
        yield f"{done}: {count_words(len(result.faults), 'fault')}; run `modellock sync`"


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
