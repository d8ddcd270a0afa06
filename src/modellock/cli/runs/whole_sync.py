"""`modellock sync` where there is something to do."""

import time
from collections.abc import Mapping
from typing import Any

from modellock.cli.answer import Answer
from modellock.cli.exits import DONE, NO
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_sync import sync_document, sync_lines
from modellock.cli.session import open_reporter, open_settings
from modellock.cli.steering import variables_named
from modellock.cli.sync_flags import mode_of
from modellock.documents.project_settings import Layout, LinkMode
from modellock.values.wording import took_words
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import Staleness, SyncMode, SyncRequest


def run_whole(invocation: Invocation, wanted: Mapping[str, Any], began: float) -> Answer:
    """Sync what `wanted` says; `began` is a reading of `time.perf_counter`."""
    project, settings = open_project(invocation), open_settings(invocation)
    with open_reporter(invocation) as reporter, variables_named(invocation):
        result = sync(project, settings, reporter, request_of(invocation, wanted))
    lines = sync_lines(result, now=time.time(), took=took_words(time.perf_counter() - began))
    code = NO if result.mode is SyncMode.CHECK and not result.is_unchanged else DONE
    return Answer(sync_document(result), "\n".join(lines), code=code)


def request_of(invocation: Invocation, wanted: Mapping[str, Any]) -> SyncRequest:
    """The request that flags and variables make."""
    fields = dict(wanted)
    fields["layout"] = Layout(fields["layout"]) if fields["layout"] else None
    fields["link_mode"] = LinkMode(fields["link_mode"]) if fields["link_mode"] else None
    fields["staleness"] = Staleness(fields["staleness"])
    return SyncRequest(
        **fields, mode=SyncMode(mode_of(invocation)), replace=invocation.on("replace")
    )
