"""`modellock store size`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_local_settings
from modellock.cli.render_contents import size_document, size_lines
from modellock.verbs.store_contents import measure_store


def run(invocation: Invocation) -> Answer:
    """Answer with what takes how much."""
    result = measure_store(open_local_settings(invocation))
    return Answer(size_document(result), "\n".join(size_lines(result)), data=True)
