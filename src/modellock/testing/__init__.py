"""A Hugging Face Hub and a GitHub on loopback, for tests.

with EmbeddedHub() as hub:
    commit = hub.publish("acme/minilm", {"config.json": b"{}"}, tag="v1.0")
    hub.lies.add("config.json", Lie.WRONG_BYTES, times=1)
    ...  # HF_ENDPOINT=hub.url
    assert all(request.authorization is None for request in hub.requests)
"""

from modellock.testing.github.refusals import primary_limit, secondary_limit
from modellock.testing.github.server import EmbeddedGitHub
from modellock.testing.hub.server import EmbeddedHub
from modellock.testing.wire.exchange import Reply, Request
from modellock.testing.wire.lie import Lie
from modellock.testing.wire.lies import Lies

__all__ = [
    "EmbeddedGitHub",
    "EmbeddedHub",
    "Lie",
    "Lies",
    "Reply",
    "Request",
    "primary_limit",
    "secondary_limit",
]
