"""`modellock remove NAME...`."""

import time

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.runs.add import edited_answer
from modellock.cli.session import open_reporter, open_settings
from modellock.verbs.edit import remove


def run(invocation: Invocation) -> Answer:
    """Drop the models that are named."""
    began = time.perf_counter()
    project, settings = open_project(invocation), open_settings(invocation)
    with open_reporter(invocation) as reporter:
        result = remove(project, settings, reporter, invocation.arguments)
    return edited_answer(result, invocation, began)
