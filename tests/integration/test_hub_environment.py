"""What a program's environment has to say to huggingface_hub, and what modellock makes of it."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from modellock.testing import EmbeddedHub, Lie

pytestmark = pytest.mark.slow

ASK = """
import json, os, sys
from modellock.errors import ModellockError
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate
from modellock.values.origins import Kind
from modellock.ports.reporting import Reporter
from modellock.sources.hub import HubSource

before = dict(os.environ)
source = HubSource(sys.argv[1], token=None, reporter=Reporter())
spec = Spec(name="minilm", kind=Kind.HUB, origin="acme/minilm")
try:
    said = source.snapshot(spec, Candidate(revision="main")).commit
except ModellockError as error:
    said = f"{error.code}: {error} | {error.hint}"
print(json.dumps([said, before == dict(os.environ)]))
"""


@pytest.fixture
def commit(hub: EmbeddedHub) -> str:
    return hub.publish("acme/minilm", {"config.json": b"{}"})


def run(hub: EmbeddedHub, code: str, home: os.PathLike[str], **environ: str) -> list[Any]:
    """What a program says at last that runs in this environment and no other."""
    said: list[Any] = lines(hub, code, home, **environ)[-1]
    return said


def lines(hub: EmbeddedHub, code: str, home: os.PathLike[str], **environ: str) -> list[Any]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-c", code, hub.url],
        env={**kept, "HOME": str(home), "HF_ENDPOINT": hub.url, **environ},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stderr == ""
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_a_variable_that_speaks_to_other_programs_is_left_alone_and_not_obeyed(
    hub: EmbeddedHub, commit: str, tmp_path: os.PathLike[str], variable: str
) -> None:
    assert run(hub, ASK, tmp_path, **{variable: "1"}) == [commit, True]


@pytest.mark.usefixtures("commit")
def test_nothing_is_asked_or_written_beside_the_question(
    hub: EmbeddedHub, tmp_path: os.PathLike[str]
) -> None:
    run(hub, ASK, tmp_path, AI_AGENT="somebody")

    assert all(request.path.startswith("/api/models/acme/minilm/") for request in hub.requests)
    assert not any("somebody" in request.headers["User-Agent"] for request in hub.requests)
    assert os.listdir(tmp_path) == []


def test_nor_where_the_program_imported_huggingface_hub_before(
    hub: EmbeddedHub, commit: str, tmp_path: os.PathLike[str]
) -> None:
    imported = f"import huggingface_hub.constants\n{ASK}"

    assert run(hub, imported, tmp_path) == [commit, True]

    assert all(request.path.startswith("/api/models/acme/minilm/") for request in hub.requests)


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_nor_does_it_matter_who_imported_huggingface_hub_first(
    hub: EmbeddedHub, commit: str, tmp_path: os.PathLike[str], variable: str
) -> None:
    imported = f"import huggingface_hub.constants\n{ASK}"

    assert run(hub, imported, tmp_path, **{variable: "1"}) == [commit, True]


WATCHED = """
from huggingface_hub import constants, get_session
from huggingface_hub.utils import logging
print(json.dumps([
    constants.is_offline_mode(), constants.HF_HUB_DISABLE_TELEMETRY, logging.get_verbosity(),
]))
try:
    get_session().get(sys.argv[1] + "/api/models/acme/minilm")
except Exception as error:
    print(json.dumps(type(error).__name__))
"""


@pytest.mark.usefixtures("commit")
def test_the_programs_own_huggingface_hub_is_as_its_environment_says(
    hub: EmbeddedHub, tmp_path: os.PathLike[str]
) -> None:
    asking = ASK.replace("print(json.dumps([said, before == dict(os.environ)]))", "")

    said = lines(hub, asking + WATCHED, tmp_path, HF_HUB_OFFLINE="1", HF_HUB_VERBOSITY="info")

    assert said == [[True, False, 20], "OfflineModeIsEnabled"]


def test_what_huggingface_hub_would_log_of_a_question_is_an_error_instead(
    hub: EmbeddedHub, commit: str, tmp_path: os.PathLike[str]
) -> None:
    hub.lies.add("/api/*", Lie.header("X-HF-Warning", "topic; upgrade at once"))

    # `run` sees to it that nothing was printed.
    assert run(hub, ASK, tmp_path, HF_HUB_VERBOSITY="debug") == [commit, True]


ENFORCING = """
import huggingface_hub, httpx
from huggingface_hub.errors import OfflineModeIsEnabled

def enforce(request):
    raise OfflineModeIsEnabled("of the program's own")

def client():
    return huggingface_hub.utils.httpx.Client(event_hooks={"request": [enforce]})

huggingface_hub.set_client_factory(client)
"""


@pytest.mark.usefixtures("commit")
def test_a_program_whose_own_client_is_offline_is_told_so(
    hub: EmbeddedHub, tmp_path: os.PathLike[str]
) -> None:
    said, _ = run(hub, ENFORCING + ASK, tmp_path)

    assert said.startswith("offline: minilm: acme/minilm@main: 127.0.0.1:")
    assert "client of huggingface_hub" in said
    assert len(hub.requests) == 0
