"""Signed URLs of another host for what is in git-lfs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from modellock.testing.hub.content import HubFile
from modellock.testing.wire.exchange import Reply, Request, redirect
from modellock.testing.wire.objects import Grant, ObjectHost
from modellock.testing.wire.origin import Origin


@dataclass(slots=True, kw_only=True)
class LargeFiles:
    """Hands out URLs of the object host."""

    objects: ObjectHost
    origin: Origin

    seconds: float = 3600
    """How long a URL works."""

    bind_ranges: bool = False
    """Whether a URL got with a Range header works for that range alone."""

    def redirect(
        self, request: Request, path: str, file: HubFile, headers: Mapping[str, str]
    ) -> Reply:
        """An absolute 302, to another URL each time; `path` is the file's in its repository."""
        grant = self._grant(request, path, file)
        query: dict[str, Any] = {
            "response-content-disposition": disposition(path),
            "Expires": int(grant.expires),
            "Policy": "e30_",
            "Signature": self.objects.sign(grant),
            "Key-Pair-Id": "K000000000000",
        }
        return redirect(302, f"{self.origin.url}{grant.path}?{urlencode(query)}", headers)

    def _grant(self, request: Request, path: str, file: HubFile) -> Grant:
        return Grant(
            path=f"/xet-bridge-us/{file.blob_id}/{file.sha256}",
            content=file.content,
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Disposition": disposition(path),
                "ETag": f'"{file.sha256}"',
            },
            subject=request.plain_path,
            expires=time.time() + self.seconds,
            bound_range=request.headers.get("Range") if self.bind_ranges else None,
        )


def disposition(path: str) -> str:
    """The Content-Disposition that names the file at `path` (RFC 6266)."""
    name = quote(path.rpartition("/")[2])
    return f"inline; filename*=UTF-8''{name}; filename=\"{name}\";"
