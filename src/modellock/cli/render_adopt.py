"""What `store adopt` did, and what a `sync` took over: as lines, and as documents."""

from collections.abc import Iterator, Mapping

from modellock.values.wording import count_words, size_words, visible
from modellock.verbs.adopt_result import AdoptedFrom, AdoptResult, Fate

_WORDS = {
    Fate.LINKED: "linked",
    Fate.CLONED: "cloned",
    Fate.COPIED: "copied",
    Fate.HERE: "in the store before",
    Fate.OTHER: "of the right size with other bytes",
    Fate.CHANGED: "not to be read, or written to meanwhile",
}


def adopt_lines(result: AdoptResult, *, took: str) -> Iterator[str]:
    """The result for a person."""
    for one in result.directories:
        yield f"{visible(one.directory)}: {_directory_words(one, dry_run=result.dry_run)}"
    for path in result.unread:
        yield f"{visible(path)}: may not be read"
    if not result.directories:
        yield "No cache of another program is here; name a directory: `modellock store adopt DIR`"
        return
    done = "Would take over" if result.dry_run else "Took over"
    total = f"{count_words(result.files, 'file')} ({size_words(result.size)})"
    yield f"{done} {total} in {took}{_left_words(result)}"


def _directory_words(one: AdoptedFrom, *, dry_run: bool) -> str:
    told = [f"{one.fates[fate]} {words}" for fate, words in _WORDS.items() if one.fates.get(fate)]
    seen = f"of {count_words(one.seen, 'file')}"
    if not one.files:
        return f"nothing {seen}{''.join(f', {words}' for words in told)}"
    taken = "would be taken over" if dry_run else "taken over"
    return ", ".join([f"{one.files} {seen} {taken} ({size_words(one.size)})", *told])


def _left_words(result: AdoptResult) -> str:
    if result.lacked is None:
        return ""
    if not result.lacked:
        return "; the store lacked nothing of models.lock"
    if not result.lacking:
        return "; nothing is left to fetch"
    size = size_words(sum(result.lacking.values()))
    return f"; {count_words(len(result.lacking), 'file')} ({size}) left to fetch"


def adopt_document(result: AdoptResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "dry_run": result.dry_run,
        "files": result.files,
        "size": result.size,
        "directories": [adopted_document(one) for one in result.directories],
        "unread": list(result.unread),
        "lacked": None if result.lacked is None else _files_document(result.lacked),
        "lacking": _files_document(result.lacking),
    }


def adopted_document(one: AdoptedFrom) -> dict[str, object]:
    """What one directory gave."""
    return {
        "directory": one.directory,
        "seen": one.seen,
        "files": one.files,
        "size": one.size,
        **{fate.value: one.fates.get(fate, 0) for fate in Fate if fate is not Fate.FITS},
    }


def _files_document(files: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"file": subject, "size": size} for subject, size in files.items()]
