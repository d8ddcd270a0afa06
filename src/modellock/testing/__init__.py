"""A Hugging Face Hub, a GitHub and a plain file server on loopback, for tests.

    with EmbeddedHub() as hub:  # HF_ENDPOINT=hub.url
        commit = hub.publish("acme/minilm", {"config.json": b"{}"}, tag="v1.0", license="mit")
        hub.lies.add("config.json", Lie.WRONG_BYTES, times=1)
        ...
        assert all(request.authorization is None for request in hub.requests)

    with EmbeddedGitHub() as github:  # github.api_url, github.server_url
        github.publish("acme/whisper", "v1.4.2", {"model.tar": b"..."})
        github.lies.add("/repos/*", secondary_limit(retry_after=1), times=1)

    with EmbeddedFiles({"/pose.task": b"..."}) as files:  # files.url + "/pose.task"
        ...

Each is more than one server: signed URLs lead to another host, which refuses every token. They
tell the truth until a `Lie` is added, keep every `Request` in `requests`, and give the same ids to
the same content, so that two of them that are filled alike cannot be told apart.
"""

from modellock.testing.demo import demo_github, demo_hub, demo_upstream_change
from modellock.testing.files import EmbeddedFiles
from modellock.testing.github.refusals import primary_limit, secondary_limit
from modellock.testing.github.server import EmbeddedGitHub
from modellock.testing.hub.server import EmbeddedHub
from modellock.testing.safetensors import safetensors_bytes
from modellock.testing.wire.exchange import Reply, Request
from modellock.testing.wire.lie import Lie

__all__ = [
    "EmbeddedFiles",
    "EmbeddedGitHub",
    "EmbeddedHub",
    "Lie",
    "Reply",
    "Request",
    "demo_github",
    "demo_hub",
    "demo_upstream_change",
    "primary_limit",
    "safetensors_bytes",
    "secondary_limit",
]
