"""`modellock lock`: answered here where there is nothing to do, else by `whole_lock`."""

import time

from modellock._version import __version__
from modellock.cli.answer import Answer
from modellock.cli.checked import up_to_date_words
from modellock.cli.invocation import Invocation
from modellock.shell.settled import Settled, find
from modellock.shell.whereabouts import project_directory
from modellock.values.wording import took_words


def run(invocation: Invocation) -> Answer:
    """Lock, or say that models.lock is what models.toml asks for."""
    began = time.perf_counter()
    directory = project_directory(invocation.start)
    if directory is not None and invocation.text("exclude_newer") is None:
        settled = find(directory, __version__)
        if settled is not None:
            return _answer(settled, took_words(time.perf_counter() - began))
    # Everything else of modellock, and all of what it needs: ten times as much to load.
    from modellock.cli.runs.whole_lock import run_whole

    return run_whole(invocation, began)


def _answer(settled: Settled, took: str) -> Answer:
    """What the whole lock would answer, with the same keys."""
    document: dict[str, object] = {
        "written": False,
        "merged": None,
        "models": settled.models,
        "files": settled.files,
        "size": settled.size,
        "fetched": 0,
        "changes": [],
        "left_out": [],
    }
    return Answer(document, up_to_date_words(settled.models, settled.files, settled.size, took))
