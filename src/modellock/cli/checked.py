"""The one line of a sync or a lock that had nothing to do; loaded when nothing else is."""

from modellock.values.wording import age_words, count_words, size_words


def checked_words(models: int, files: int, size: int, age: float | None, took: str) -> str:
    """`Checked 12 models, 84 files (61.2 GB) in 6 ms; last full hash 3 days ago`.

    The age of that hash is in seconds, None where there is none.
    """
    checked = f"Checked {total_words(models, files, size)} in {took}"
    return checked if age is None else f"{checked}; last full hash {age_words(age)} ago"


def up_to_date_words(models: int, files: int, size: int, took: str) -> str:
    """`models.lock is up to date: 12 models, 84 files (61.2 GB), checked in 6 ms`."""
    return f"models.lock is up to date: {total_words(models, files, size)}, checked in {took}"


def total_words(models: int, files: int, size: int) -> str:
    """`12 models, 84 files (61.2 GB)`."""
    return f"{count_words(models, 'model')}, {count_words(files, 'file')} ({size_words(size)})"
