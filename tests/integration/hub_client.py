"""The real huggingface_hub of the environment, in processes of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = """
import json, os, sys
import huggingface_hub
from huggingface_hub import file_download, hf_hub_download, snapshot_download


def answer(name, arguments):
    try:
        found = getattr(huggingface_hub, name)(**arguments)
    except Exception as error:
        return f"{type(error).__name__}"
    if found is file_download._CACHED_NO_EXIST:
        return "known to be absent"
    if name == "scan_cache_dir":
        return seen(found)
    if isinstance(found, list):
        return [[one.path, one.size] for one in found]
    return found

def seen(cache):
    return {
        "warnings": [str(one) for one in cache.warnings],
        "repositories": {
            f"{one.repo_type}/{one.repo_id}": {
                revision.commit_hash: [sorted(revision.refs), len(revision.files)]
                for revision in one.revisions
            }
            for one in cache.repos
        },
    }

user = int(sys.argv[2])
if user:
    # What the library imports late may lie where only root can read.
    answer("hf_hub_download", {"repo_id": "acme/none", "filename": "none"})
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
print(json.dumps([answer(name, arguments) for name, arguments in json.loads(sys.argv[1])]))
"""

Question = tuple[str, dict[str, Any]]
"""A public function of huggingface_hub and its arguments."""


@dataclass(frozen=True, kw_only=True)
class HubClient:
    """Programs that find models in one cache."""

    cache: Path
    home: Path
    """For whatever they keep besides."""

    endpoint: str | None = None
    """None where there is no network."""

    user: int = 0
    """Who they run as, where it is not who the tests run as."""

    def ask(self, *questions: Question) -> list[Any]:
        """What the functions return, or the names of what they raise; in one process."""
        ended = self._run([sys.executable, "-c", PROGRAM, json.dumps(questions), str(self.user)])
        assert ended.returncode == 0, ended.stderr
        answers: list[Any] = json.loads(ended.stdout)
        return answers

    def hf(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command `hf`."""
        return self._run([os.path.join(os.path.dirname(sys.executable), "hf"), *arguments])

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environ = {
            "PATH": os.environ["PATH"],
            "HF_HOME": str(self.home),
            "HF_HUB_CACHE": str(self.cache),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "NO_COLOR": "1",
            **({"HF_ENDPOINT": self.endpoint} if self.endpoint else {"HF_HUB_OFFLINE": "1"}),
        }
        return subprocess.run(command, env=environ, capture_output=True, check=False, text=True)
