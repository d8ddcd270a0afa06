"""`modellock tree [NAME...]`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_lineage import tree_document, tree_lines
from modellock.verbs.tree import tree


def run(invocation: Invocation) -> Answer:
    """Answer with the models that are named, or all, and what they require."""
    names, depth = invocation.arguments, invocation.number("depth")
    result = tree(open_project(invocation), names, depth=depth)
    return Answer(tree_document(result), "\n".join(tree_lines(result)), data=True)
