"""Loads that are under way while a snapshot of a Hub's cache is withdrawn.

A loader reads a ref once and then looks for file after file of that commit. What it does not find
it takes for absent upstream: transformers 5.23 goes on, without an error, to a tokenizer that knows
no word where the snapshot vanishes after `config.json` was read and before the tokenizer's files
are looked up. Milliseconds lie between these look-ups; tests/consumers/test_switch.py counts.
"""

import re
import time
from collections.abc import Callable

_IN_SNAPSHOT = re.compile(r"(?:^|/)snapshots/[0-9a-f]{40}/(?P<path>.+)")
_ENTRY = "config.json"
"""What transformers reads first and cannot do without: for a model, for a tokenizer, and again for
the tokenizer of a pipeline whose model took long to load."""

_FINISHING = 0.3
_PASSING = 0.2
"""Seconds: for loads that follow the old ref to find all their files, and then for those that have
read the first one to find the others."""


def is_in_snapshot(path: str) -> bool:
    """Whether a path below the base is a file of one commit in a Hub's cache."""
    return _IN_SNAPSHOT.search(path) is not None


def is_entry(path: str) -> bool:
    """Whether loads of a snapshot begin with this file of it."""
    found = _IN_SNAPSHOT.search(path)
    return found is not None and found["path"] == _ENTRY


def let_loads_finish(remove_entries: Callable[[], None]) -> None:
    """Wait, after the refs have moved on, until the old snapshot can vanish.

    Whoever begins with the old snapshot after its entry was removed gets an error, and not half a
    model.
    """
    time.sleep(_FINISHING)
    remove_entries()
    time.sleep(_PASSING)
