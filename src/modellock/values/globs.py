"""The Hub's globs, so that patterns pasted from `allow_patterns` mean the same here."""

import fnmatch
from collections.abc import Iterable, Sequence

_MAGIC = frozenset("*?[")


def is_pattern(glob: str) -> bool:
    """Whether a glob can match more than one name; a plain name must match exactly one."""
    return glob.endswith("/") or not _MAGIC.isdisjoint(glob)


def matches(path: str, glob: str) -> bool:
    """Case-sensitive fnmatch in which `*` crosses `/` and a trailing `/` means everything below.

    The rule is huggingface_hub's `filter_repo_objects`.
    """
    return fnmatch.fnmatchcase(path, glob + "*" if glob.endswith("/") else glob)


def matches_any(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs matches."""
    return any(matches(path, glob) for glob in globs)


def unmatched(globs: Sequence[str], paths: Sequence[str]) -> list[str]:
    """The globs that match none of the paths, in their order."""
    return [glob for glob in globs if not any(matches(path, glob) for path in paths)]
