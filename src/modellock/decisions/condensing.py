"""One error for what befell many files of a model alike, so that its cause is seen.

A host that is down, a disk that is full, a repository that is gone: each would be told once a file.
"""

from collections.abc import Sequence

from modellock.errors import ModellockError
from modellock.values.wording import count_words


def condensed(errors: Sequence[ModellockError]) -> list[ModellockError]:
    """Errors whose words differ in the file alone, as one; the others as they are, in order."""
    alike: dict[tuple[object, ...], list[ModellockError]] = {}
    for error in errors:
        alike.setdefault(_kind_of(error), []).append(error)
    return [group[0] if len(group) == 1 else _as_one(group) for group in alike.values()]


def _kind_of(error: ModellockError) -> tuple[object, ...]:
    words = _without_file(error)
    # What names no file of its model stands for itself.
    own = id(error) if words is None else None
    return type(error), error.model, error.hint, words, own


def _without_file(error: ModellockError) -> str | None:
    # A path in a lock has no colon, so the first one ends `<model>/<path>`.
    subject, _, words = str(error).partition(": ")
    return words if error.model and subject.startswith(f"{error.model}/") else None


def _as_one(group: Sequence[ModellockError]) -> ModellockError:
    first = group[0]
    count = count_words(len(group), "file")
    one = type(first)(
        f"{first.model}: {count} not fetched: {_without_file(first)}",
        hint=first.hint,
        model=first.model,
    )
    one.__cause__ = first
    return one
