"""`modellock store list`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_local_settings
from modellock.cli.render_contents import listing_document, listing_lines
from modellock.verbs.store_contents import list_store


def run(invocation: Invocation) -> Answer:
    """Answer with who uses what."""
    result = list_store(open_local_settings(invocation))
    return Answer(listing_document(result), "\n".join(listing_lines(result)), data=True)
