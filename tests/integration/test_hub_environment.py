"""What a program's environment has to say to huggingface_hub, and what modellock makes of it."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from modellock.testing import EmbeddedHub

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
    """What a program says that runs in this environment and no other."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-c", code, hub.url],
        env={**kept, "HOME": str(home), "HF_ENDPOINT": hub.url, **environ},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stderr == ""
    said: list[Any] = json.loads(ended.stdout)
    return said


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


@pytest.mark.usefixtures("commit")
def test_a_program_that_put_huggingface_hub_offline_is_told_so(
    hub: EmbeddedHub, tmp_path: os.PathLike[str]
) -> None:
    imported = f"import huggingface_hub.constants\n{ASK}"

    said, _ = run(hub, imported, tmp_path, HF_HUB_OFFLINE="1")

    assert said.startswith("offline: minilm: acme/minilm@main: 127.0.0.1:")
    assert said.endswith("with `HF_HUB_OFFLINE` set | unset `HF_HUB_OFFLINE`")
    assert len(hub.requests) == 0
