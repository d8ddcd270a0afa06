"""A service that wants no more requests is left alone, by all threads at once."""

import threading

import pytest

from modellock.errors import NotFoundError, RateLimitError
from modellock.ports.reporting import Reporter
from modellock.shell.limits import Limits, once_per_host
from modellock.shell.retries import Tries
from modellock.testing import Lie
from tests.integration.wires import Waits
from tests.integration.workspace import Workspace

FILES = 250
URL = "https://hub.example/a"


def many_files(workspace: Workspace) -> None:
    files = {f"{index}.json": b"%d" % index for index in range(FILES)}
    workspace.hub.publish("acme/many", files)
    workspace.write('[models.many]\nhub = "acme/many"\n')


def test_a_limit_without_an_end_in_sight_is_told_once_and_asked_no_further(
    workspace: Workspace,
) -> None:
    many_files(workspace)
    workspace.hub.lies.add("*.json", Lie.status(429, retry_after=400))

    with pytest.raises(RateLimitError) as caught:
        workspace.lock()

    files = [request for request in workspace.hub.requests if "/resolve" in request.path]
    assert "wants no more requests for 400 s" in str(caught.value)
    assert caught.value.hint == "a token raises the limit: set `MODELLOCK_TOKEN_127_0_0_1`"
    # Those that were on their way when the first of them was refused.
    assert len(files) <= 200
    assert not workspace.project.has_lock()


@pytest.mark.slow
def test_a_limit_that_ends_is_waited_for_by_all_and_told_once(workspace: Workspace) -> None:
    many_files(workspace)
    workspace.hub.lies.add("*.json", Lie.status(429, retry_after=1), times=1)
    waits = Waits()

    workspace.lock(reporter=waits)

    files = [request for request in workspace.hub.requests if "/resolve" in request.path]
    assert [seconds for _, _, seconds in waits.heard] == [1.0]
    assert len(files) == 2 * FILES + 1


def test_many_models_share_the_patience_for_one_hub(workspace: Workspace) -> None:
    names = [f"m{index}" for index in range(150)]
    for name in names:
        workspace.hub.publish(f"acme/{name}", {"model.safetensors": name.encode()})
    workspace.write("".join(f'[models.{name}]\nhub = "acme/{name}"\n' for name in names))
    workspace.hub.lies.add("/api/*", Lie.status(429, retry_after=400))

    with pytest.raises(RateLimitError, match="wants no more requests for 400 s"):
        workspace.lock()

    # A hundred models are asked about at once.
    assert len(workspace.hub.requests) <= 100


def test_what_others_were_told_is_heeded_without_a_word() -> None:
    limits, waits = Limits(), Waits()
    tries = Tries("m/f", waits)

    assert limits.note(URL, 429, {"retry-after": "0.05"}, None)
    assert not limits.note(URL, 429, {"retry-after": "0.05"}, None)
    limits.heed(URL, tries)

    assert waits.heard == []
    assert limits.note(URL, 429, {}, 0.0)


def test_other_refusals_and_other_services_are_no_reason_to_wait() -> None:
    limits, stopped = Limits(), threading.Event()
    stopped.set()
    tries = Tries("m/f", Reporter(), stop=stopped)

    assert limits.note(URL, 503, {"retry-after": "50"}, 50.0)
    assert limits.note("https://other.example/", 429, {"retry-after": "50"}, 50.0)

    limits.heed(URL, tries)


def test_of_one_hosts_limit_the_error_is_told_that_knows_what_to_do() -> None:
    heard, told, elsewhere = (RateLimitError("x", hint=hint) for hint in (None, "y", None))
    heard.host = told.host = "hub.example"
    elsewhere.host = "api.example"
    missing = NotFoundError("z")

    assert once_per_host([heard, missing, told, elsewhere]) == [missing, told, elsewhere]
