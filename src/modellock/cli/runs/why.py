"""`modellock why NAME|SHA256|FILE`."""

from modellock.cli.answer import Answer
from modellock.cli.exits import DONE, NO
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_lineage import why_document, why_lines
from modellock.verbs.why import why


def run(invocation: Invocation) -> Answer:
    """Answer with what models.lock knows of it; no, where that is nothing."""
    (what,) = invocation.arguments
    result = why(open_project(invocation), what, invocation.start)
    code = DONE if result.is_known else NO
    return Answer(why_document(result), "\n".join(why_lines(result)), code=code, data=True)
