"""`modellock store verify`."""

import time

from modellock.cli.answer import Answer
from modellock.cli.exits import DISTRUST, DONE
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_local_settings
from modellock.cli.render_contents import verification_document, verification_lines
from modellock.cli.session import open_reporter
from modellock.values.wording import took_words
from modellock.verbs.store_verification import verify_store


def run(invocation: Invocation) -> Answer:
    """Hash all blobs."""
    began = time.perf_counter()
    with open_reporter(invocation) as reporter:
        result = verify_store(open_local_settings(invocation), reporter)
    lines = verification_lines(result, took=took_words(time.perf_counter() - began))
    code = DISTRUST if result.faults else DONE
    return Answer(verification_document(result), "\n".join(lines), code=code)
