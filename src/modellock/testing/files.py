"""A plain file server, for URLs and mirrors."""

import hashlib
import ssl
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Self

from modellock.testing.moments import FIRST
from modellock.testing.wire.exchange import Reply, Request, redirect
from modellock.testing.wire.lies import Lies
from modellock.testing.wire.loopback import Loopback, RequestLog


class EmbeddedFiles:
    """Serves bytes by path: `with EmbeddedFiles({"/pose.task": b"..."}) as files`.

    With an ETag, Last-Modified and ranges. `redirects` leads from paths to other paths or URLs.
    """

    def __init__(
        self, files: Mapping[str, bytes] | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._loopback = Loopback(tls)
        self.lies: Lies = self._loopback.lies
        self.requests: RequestLog = self._loopback.requests
        self.files: dict[str, bytes] = dict(files or {})
        self.redirects: dict[str, str] = {}
        self._origin = self._loopback.add("files", self._answer)

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return self._origin.url

    def start(self, port: int = 0) -> None:
        """Serve; port 0 is any free one."""
        self._loopback.start(port)

    def stop(self) -> None:
        """Stop serving; the files stay."""
        self._loopback.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answer(self, request: Request) -> Reply:
        path = request.plain_path
        if path in self.redirects:
            return redirect(302, self.redirects[path])
        content = self.files.get(path)
        if content is None:
            return Reply(status=404, headers={"Content-Type": "text/plain"}, body=b"not found\n")
        headers = {
            "Content-Type": "application/octet-stream",
            "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
            "Last-Modified": format_datetime(FIRST, usegmt=True),
        }
        return Reply(headers=headers, body=content, is_file=True)
