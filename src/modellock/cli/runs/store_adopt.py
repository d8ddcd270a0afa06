"""`modellock store adopt [DIR...]`."""

import os
import time
from dataclasses import replace

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_local_settings
from modellock.cli.render_adopt import adopt_document, adopt_lines
from modellock.cli.session import open_reporter
from modellock.documents.project_settings import LinkMode
from modellock.shell.known_caches import known_caches
from modellock.shell.project import Project
from modellock.shell.whereabouts import project_directory
from modellock.values.wording import took_words
from modellock.verbs.adopt import AdoptRequest, adopt


def run(invocation: Invocation) -> Answer:
    """Fill the store from the directories that are named, or from the caches that are known."""
    began = time.perf_counter()
    settings = replace(
        open_local_settings(invocation), caches=known_caches(os.environ, os.path.expanduser("~"))
    )
    directory = project_directory(invocation.start)
    with open_reporter(invocation) as reporter:
        project = None if directory is None else Project(directory, reporter)
        result = adopt(project, settings, reporter, _request(invocation))
    took = took_words(time.perf_counter() - began)
    return Answer(adopt_document(result), "\n".join(adopt_lines(result, took=took)))


def _request(invocation: Invocation) -> AdoptRequest:
    return AdoptRequest(
        directories=tuple(
            os.path.abspath(os.path.join(invocation.start, os.path.expanduser(name)))
            for name in invocation.arguments
        ),
        everything=invocation.on("all"),
        link_mode=LinkMode(invocation.text("link_mode") or LinkMode.AUTO),
        dry_run=invocation.on("dry_run"),
    )
