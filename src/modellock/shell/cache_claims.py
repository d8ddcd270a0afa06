"""Refs of ours in a shared cache that others go by, too."""

import os
from collections.abc import Container, Mapping
from dataclasses import replace

from modellock.decisions.layouts.shared_cache import OWN_REFS, is_ref_for_all
from modellock.decisions.plan import Found, Shows
from modellock.shell.regular_files import read_regular
from modellock.values.origins import is_commit


def with_claims(
    base: str, found: Mapping[str, Found], noted: Container[str]
) -> Mapping[str, Found]:
    """What was found, by path, with a mark on refs by which others may load the commit.

    huggingface_hub writes a ref only where it says something else, so that ours becomes theirs and
    looks as before. What tells is `trees/<commit>.json`, which `hf download` adds (from 1.22 on),
    and which we never write there; and of another project, its own ref to the commit, as there is
    none such among the paths that this one `noted`.
    """
    refs = [path for path, one in found.items() if one.shows is Shows.FILE and is_ref_for_all(path)]
    claimed = {path for path in refs if _is_claimed(base, path, noted)}
    return {**found, **{path: replace(found[path], claimed=True) for path in claimed}}


def _is_claimed(base: str, path: str, noted: Container[str]) -> bool:
    commit = _text_of(f"{base}/{path}")
    if not is_commit(commit):
        return False
    folder = path.partition("/")[0]
    return os.path.exists(f"{base}/{folder}/trees/{commit}.json") or any(
        other not in noted and _text_of(f"{base}/{other}") == commit
        for other in _own_refs(base, f"{folder}/refs/{OWN_REFS}")
    )


def _own_refs(base: str, directory: str) -> list[str]:
    """Of all projects, below the cache."""
    try:
        return [f"{directory}/{name}" for name in os.listdir(f"{base}/{directory}")]
    except OSError:
        return []


def _text_of(path: str) -> str:
    try:
        return read_regular(path).decode("ascii", "replace")
    except OSError:
        return ""
