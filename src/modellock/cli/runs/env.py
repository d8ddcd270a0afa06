"""`modellock env`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_env import variables_answer
from modellock.cli.steering import variables_named
from modellock.decisions.narrowing import Narrowing
from modellock.documents.project_settings import Layout
from modellock.verbs.environment import environment


def run(invocation: Invocation) -> Answer:
    """Answer with the variables that lead programs to the locked models."""
    narrowing = Narrowing(
        groups=invocation.many("group"),
        only_groups=invocation.many("only_group"),
        no_groups=invocation.many("no_group"),
        models=invocation.many("model"),
    )
    layout = invocation.text("layout")
    with variables_named(invocation):
        variables = environment(
            open_project(invocation),
            narrowing,
            to=invocation.path("to"),
            layout=None if layout is None else Layout(layout),
            shared_cache=invocation.path("shared_cache"),
            lock_file=invocation.path("lock"),
        )
    return variables_answer(variables, invocation)
