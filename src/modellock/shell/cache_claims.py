"""Refs of ours in a shared cache that others go by, too."""

import os
from collections.abc import Mapping
from dataclasses import replace

from modellock.decisions.layouts.shared_cache import is_ref_for_all
from modellock.decisions.plan import Found, Shows
from modellock.shell.regular_files import read_regular
from modellock.values.origins import is_commit


def with_claims(base: str, found: Mapping[str, Found]) -> Mapping[str, Found]:
    """What was found, by path, with a mark on refs to commits that others downloaded as a whole.

    huggingface_hub writes a ref only where it says something else, so that ours becomes theirs and
    looks as before. What tells is `trees/<commit>.json`, which `hf download` adds (from 1.22 on),
    and which we never write there.
    """
    return {
        path: replace(one, claimed=True) if _is_claimed(base, path, one) else one
        for path, one in found.items()
    }


def _is_claimed(base: str, path: str, found: Found) -> bool:
    if found.shows is not Shows.FILE or not is_ref_for_all(path):
        return False
    try:
        commit = read_regular(f"{base}/{path}").decode("ascii", "replace")
    except OSError:
        return False
    folder = path.partition("/")[0]
    return is_commit(commit) and os.path.exists(f"{base}/{folder}/trees/{commit}.json")
