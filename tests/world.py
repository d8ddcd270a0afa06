"""The world that the documentation speaks of, on loopback: its hosts, repositories and events."""

import gzip
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Self

from modellock.testing import (
    EmbeddedFiles,
    EmbeddedGitHub,
    EmbeddedHub,
    Lie,
    demo_github,
    demo_hub,
    demo_upstream_change,
    safetensors_bytes,
)
from modellock.testing.demo import MINILM as DEMO_MINILM
from tests.integration.archives import plain_tar
from tests.transcript import Shell
from tests.tunnel import Tunnel, certificates
from tests.waiting import port_of_nobody

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_COMMIT = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
MINILM_SIZES = {
    "config.json": 612,
    "model.safetensors": 90_868_376,
    "tokenizer.json": 466_247,
    "vocab.txt": 231_508,
}
"""In bytes, as on the Hub; the bytes themselves are zeros."""

GATED = "acme/gated-encoder"
GATED_WEIGHTS = safetensors_bytes("gated encoder")

PRIVATE = "acme/ranker"

SPEECH = "acme/speech"
"""Its releases are archives and parts."""

HOSTS = (
    "huggingface.co",
    "mirror.example",
    "mirror.corp.example",
    "api.github.com",
    "github.com",
    "github.corp.example",
)

HOME = "/home/ada"
PORT = "8500"
"""Where the pages' own services listen."""


class World:
    """A home, an empty project in it, and services that hold what the pages name."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / "ada"
        self._project = self._home / "project"
        self._project.mkdir(parents=True)
        tls, self._trusted = certificates([*HOSTS, "127.0.0.1", "127.0.0.2"], folder)
        self._hub, self._mirror = EmbeddedHub(tls=tls), EmbeddedHub(tls=tls)
        self._files = EmbeddedFiles(tls=tls)
        self._github = EmbeddedGitHub(tls=tls)
        self._enterprise = EmbeddedGitHub(enterprise=True, tls=tls)
        self._running = ExitStack()
        self._port = str(self._running.enter_context(port_of_nobody()))
        self.shell = Shell(str(self._project), {})

    def __enter__(self) -> Self:
        for service in (self._hub, self._mirror, self._files, self._github, self._enterprise):
            self._running.enter_context(service)
        for hub in (self._hub, self._mirror):
            _fill(hub)
        demo_github(self._github)
        self._github.publish(SPEECH, "v1.2.0", speech_assets())
        for github in (self._github, self._enterprise):
            github.publish(PRIVATE, "v1.0.0", {"ranker.bin": safetensors_bytes("r")}, private=True)
            github.tokens["ghp_of_ada"] = [PRIVATE]
        tunnel = Tunnel(
            {
                "huggingface.co": self._hub.url,
                "mirror.example": self._mirror.url,
                "mirror.corp.example": self._files.url,
                "api.github.com": self._github.api_url,
                "github.com": self._github.server_url,
                "github.corp.example": self._enterprise.server_url,
            }
        )
        self._running.enter_context(tunnel)
        self.shell.variables = self._environ(tunnel.url)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def localized(self, text: str) -> str:
        """`text` with this world's directory and port in place of those that pages show."""
        return re.sub(rf"\b{PORT}\b", self._port, text).replace(HOME, str(self._home))

    def write(self, name: str, text: str) -> None:
        """Save a file where the page's commands run."""
        path = Path(self.shell.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def happen(self, event: str) -> None:
        """Let something happen that no command of the page does."""
        self._events()[event]()

    def _events(self) -> Mapping[str, Callable[[], object]]:
        return {
            "MiniLM is on the Hub": self._publish_minilm,
            "acme publishes new weights": self._publish_new_weights,
            "the mirror hands out wrong bytes": self._lie,
            "acme deletes acme/minilm": self._delete,
            "acme/minilm is private for a while": self._hide,
            "acme/minilm is public again": self._hub.lies.clear,
            "the folder `mirror` is put on mirror.corp.example": self._serve_folder,
            "another machine": self._move,
            "the network is gone": self._running.close,
        }

    def _publish_minilm(self) -> None:
        for hub in (self._hub, self._mirror):
            _publish_minilm(hub)

    def _publish_new_weights(self) -> None:
        for hub in (self._hub, self._mirror):
            demo_upstream_change(hub)

    def _lie(self) -> None:
        self._mirror.lies.add("model.safetensors", Lie.WRONG_BYTES)

    def _delete(self) -> None:
        for hub in (self._hub, self._mirror):
            hub.delete(DEMO_MINILM)

    def _hide(self) -> None:
        self._hub.lies.add(f"*{DEMO_MINILM}*", Lie.status(404))

    def _serve_folder(self) -> None:
        root = Path(self.shell.folder, "mirror")
        for path in root.rglob("*"):
            if path.is_file():
                self._files.files[f"/{path.relative_to(root)}"] = path.read_bytes()

    def _move(self) -> None:
        """Go on with what is committed, under a home that holds nothing."""
        elsewhere = self._home / "elsewhere"
        elsewhere.mkdir()
        self.shell.play(f"cp models.* {elsewhere}")
        self.shell.folder = self.shell.variables["HOME"] = str(elsewhere)

    def _environ(self, proxy: str) -> dict[str, str]:
        return {
            # Where `modellock` and the `python` that has it are installed.
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "COLUMNS": "120",
            "HTTPS_PROXY": proxy,
            "NO_PROXY": "127.0.0.1",
            # Where the services of this world redirect to, which stand for public hosts.
            "MODELLOCK_PRIVATE_HOSTS": "127.0.0.1,127.0.0.2",
            "SSL_CERT_FILE": str(self._trusted),
            "MODELLOCK_NO_PROGRESS": "1",
            "PYTHONUNBUFFERED": "1",
            # A reader's pytest has not the plugins of this one.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            **dict.fromkeys(_GIT_IDENTITY, "ada@corp.example"),
        }


def _fill(hub: EmbeddedHub) -> None:
    """What the Hub of the pages holds, and what its mirror holds as well."""
    demo_hub(hub)
    hub.publish(GATED, {"config.json": b"{}\n", "model.safetensors": GATED_WEIGHTS}, gated="auto")
    hub.tokens["hf_of_ada"] = [GATED]


def _publish_minilm(hub: EmbeddedHub) -> None:
    hub.publish(MINILM, {name: bytes(size) for name, size in MINILM_SIZES.items()})
    repository = hub.repository(MINILM)
    commit = repository.find("main")
    assert commit is not None
    repository.add("main", replace(commit, id=MINILM_COMMIT))


def speech_assets() -> dict[str, bytes]:
    """An archive of three files, a single packed file, and a file in two parts."""
    tree = {
        "speech-small/LICENSE": b"Apache License 2.0\n",
        "speech-small/model.safetensors": safetensors_bytes("speech-small"),
        "speech-small/tokenizer.json": b"{}\n",
    }
    large = safetensors_bytes("speech-large", rows=256)
    # Stored as it is: what deflate makes of bytes differs between versions of zlib.
    return {
        "speech-small.tar.gz": gzip.compress(plain_tar(tree), 0, mtime=0),
        "vocoder.onnx.gz": gzip.compress(safetensors_bytes("vocoder"), 0, mtime=0),
        "speech-large.safetensors.part-aa": large[:5_000],
        "speech-large.safetensors.part-ab": large[5_000:],
    }


_GIT_IDENTITY = (
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
)
