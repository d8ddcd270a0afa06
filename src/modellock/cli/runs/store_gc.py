"""`modellock store gc`."""

import time

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_local_settings
from modellock.cli.render_store import collection_document, collection_lines
from modellock.cli.session import open_reporter
from modellock.decisions.collection import Bounds
from modellock.values.wording import size_words, took_words
from modellock.verbs.collecting import collect_garbage


def run(invocation: Invocation) -> Answer:
    """Collect garbage, or say what that would be."""
    began = time.perf_counter()
    settings, dry_run = open_local_settings(invocation), invocation.on("dry_run")
    bounds = Bounds(
        older_than=invocation.number("older_than"), max_size=invocation.number("max_size")
    )
    with open_reporter(invocation) as reporter:
        result = collect_garbage(settings, reporter, bounds, dry_run=dry_run)
        if result.excess:
            reporter.warning(
                f"the store holds {size_words(result.excess)} more than --max-size: projects use "
                "it, or somebody did within the last hour"
            )
    lines = collection_lines(result, took=took_words(time.perf_counter() - began))
    return Answer(collection_document(result), "\n".join(lines))
