"""What docs/reference/frameworks.md speaks of, on loopback: its hosts, and a project a section."""

import hashlib
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from modellock.testing import EmbeddedFiles, EmbeddedHub
from tests.markdown import anchor_of, sections
from tests.real.command import modellock
from tests.tunnel import Tunnel, certificates

PAGE = "docs/reference/frameworks.md"
VOICE = "en/en_US/lessac/low/en_US-lessac-low.onnx"
_HUB = "huggingface.co"
_HOSTS = (
    "openaipublic.azureedge.net",
    "download.pytorch.org",
    "storage.googleapis.com",
    "models.example",
)
_ADDRESSES = {
    "/main/whisper/models/{}/base.pt": "base.pt",
    "/clip/models/{}/ViT-B-32.pt": "ViT-B-32.pt",
    "/models/resnet18-f37072fd.pth": "resnet18-f37072fd.pth",
    "/v1.0/weights.pth": "weights.pth",
    "/mediapipe-models/image_embedder/mobilenet_v3_small/float32/1/mobilenet_v3_small.tflite": (
        "mobilenet_v3_small.tflite"
    ),
}
"""Paths of the page's URLs, with `{}` for a sha256, and which file they lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """What is served in place of the real models."""

    files: Mapping[str, bytes]
    """Under the last segments of the page's URLs."""

    repositories: Mapping[str, Mapping[str, bytes]]

    def localized(self, text: str) -> str:
        """`text` with these files' digests where the page has those of the real ones."""
        for digest, file in digests_of(text).items():
            text = text.replace(digest, self.digest(file))
        return text

    def digest(self, file: str) -> str:
        return hashlib.sha256(self.files[file]).hexdigest()


def digests_of(text: str) -> dict[str, str]:
    """The sha256 within addresses, each with the file that it is of."""
    return dict(re.findall(r"/([0-9a-f]{64})/([\w.-]+)", text))


class FrameworkPage:
    """The page's hosts, and a project for each of its sections."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self._folder = folder
        self._upstream = upstream
        self._running = ExitStack()
        self._variables: dict[str, str] = {}

    def __enter__(self) -> Self:
        tls, trusted = certificates([_HUB, *_HOSTS, "127.0.0.2"], self._folder)
        files = self._running.enter_context(EmbeddedFiles(self._served(), tls=tls))
        hub = self._running.enter_context(EmbeddedHub(tls=tls))
        for name, repository in self._upstream.repositories.items():
            hub.publish(name, repository)
        hub.repository("rhasspy/piper-voices").set_tag("v1.0.0", "main")
        tunnel = Tunnel({_HUB: hub.url, **dict.fromkeys(_HOSTS, files.url)})
        self._running.enter_context(tunnel)
        self._variables = {
            "HTTPS_PROXY": tunnel.url,
            "SSL_CERT_FILE": str(trusted),
            # Where the embedded Hub has large files; through a tunnel it passes for a public host.
            "MODELLOCK_PRIVATE_HOSTS": "127.0.0.2",
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def project(self, heading: str) -> Path:
        """A section's project, its files locked and synced, to its user's cache as well.

        Its folder is that user's home.
        """
        folder = self._folder / anchor_of(heading)
        if folder.exists():
            return folder
        folder.mkdir()
        for block in sections(PAGE)[heading]:
            if block.title is not None:
                text = self._upstream.localized(block.text)
                (folder / block.title).write_text(text, encoding="utf-8")
        modellock("lock", folder=folder, code=0, **self._variables)
        modellock("sync", folder=folder, code=0, **self._variables)
        modellock("sync", "--to", str(folder / ".cache"), folder=folder)
        return folder

    def _served(self) -> dict[str, bytes]:
        return {
            path.format(self._upstream.digest(file)): self._upstream.files[file]
            for path, file in _ADDRESSES.items()
        }
