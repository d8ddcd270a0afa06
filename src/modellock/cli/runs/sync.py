"""`modellock sync`: answered here where there is nothing to do, else by `whole_sync`."""

import time

from modellock._version import __version__
from modellock.cli.answer import Answer
from modellock.cli.checked import checked_words
from modellock.cli.invocation import Invocation
from modellock.cli.sync_flags import mode_of, wanted_by
from modellock.shell.unchanged import Unchanged, find, request_key
from modellock.shell.whereabouts import project_directory
from modellock.values.wording import took_words


def run(invocation: Invocation) -> Answer:
    """Sync, or say that everything is in place."""
    began = time.perf_counter()
    wanted = wanted_by(invocation)
    directory = project_directory(invocation.start)
    # Who wants details hears what was left out, and why.
    if directory is not None and not invocation.on("verbose"):
        unchanged = find(directory, request_key(__version__, wanted))
        if unchanged is not None:
            return _answer(unchanged, invocation, took_words(time.perf_counter() - began))
    # Everything else of modellock, and all of what it needs: ten times as much to load.
    from modellock.cli.runs.whole_sync import run_whole

    return run_whole(invocation, wanted, began)


def _answer(found: Unchanged, invocation: Invocation, took: str) -> Answer:
    """What the whole sync would answer, with the same keys."""
    age = None if found.hashed_at is None else time.time() - found.hashed_at
    document: dict[str, object] = {
        "mode": mode_of(invocation),
        "unchanged": True,
        "models": found.models,
        "files": found.files,
        "size": found.size,
        "hashed_at": found.hashed_at,
        "fetched": [],
        "adopted": [],
        "kept": [],
        "space": None,
        "changes": [],
    }
    return Answer(document, checked_words(found.models, found.files, found.size, age, took))
