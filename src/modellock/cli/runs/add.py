"""`modellock add ORIGIN...`."""

import time

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.render_edit import edit_document, edit_lines
from modellock.cli.runs.whole_lock import answer_of
from modellock.cli.session import open_reporter, open_settings
from modellock.decisions.entries import Wish
from modellock.shell.project import Project
from modellock.shell.whereabouts import project_directory
from modellock.verbs.edit import AddRequest, EditResult, add


def run(invocation: Invocation) -> Answer:
    """Declare and lock; where there is no project around here, one begins here."""
    began = time.perf_counter()
    project = Project(project_directory(invocation.start) or invocation.start)
    request = AddRequest(
        origins=invocation.arguments,
        directory=invocation.start,
        wish=Wish(
            name=invocation.text("name"),
            groups=invocation.many("group"),
            version=invocation.text("version"),
            include=invocation.many("include"),
            path=invocation.text("path"),
        ),
    )
    settings = open_settings(invocation)
    with open_reporter(invocation) as reporter:
        result = add(project, settings, reporter, request)
    return edited_answer(result, invocation, began)


def edited_answer(result: EditResult, invocation: Invocation, began: float) -> Answer:
    """What became of models.toml, then what became of models.lock."""
    locked = answer_of(result.lock, invocation, began)
    document = {**edit_document(result), **locked.document}
    return Answer(document, "\n".join([*edit_lines(result), locked.text]))
