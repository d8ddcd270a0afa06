"""Signed URLs of the object host for the bytes of assets."""

import base64
import json
import time
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlencode

from modellock.testing.github.content import Asset, GitHubRepository
from modellock.testing.moments import seconds_text
from modellock.testing.wire.exchange import Reply, Request, redirect
from modellock.testing.wire.objects import Grant, ObjectHost
from modellock.testing.wire.origin import Origin


@dataclass(slots=True, kw_only=True)
class AssetObjects:
    """Hands out URLs of the object host."""

    objects: ObjectHost
    origin: Origin

    seconds: float = 300
    """How long a signed URL works."""

    def redirect(self, request: Request, repository: GitHubRepository, asset: Asset) -> Reply:
        """An empty 302, to another URL each time."""
        now = time.time()
        grant = Grant(
            path=f"/github-production-release-asset/{repository.id}/{asset.object_name}",
            content=asset.content,
            headers=object_headers(asset),
            subject=_subject(request, asset),
            expires=now + self.seconds,
        )
        query: dict[str, Any] = {
            "sp": "r",
            "sv": "2018-11-09",
            "sr": "b",
            "spr": "https",
            "se": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 3600)),
            "sig": self.objects.sign(grant),
            "jwt": _web_token(grant.path, now, grant.expires),
            "response-content-disposition": f"attachment; filename={asset.name}",
            "response-content-type": "application/octet-stream",
        }
        location = f"{self.origin.url}{grant.path}?{urlencode(query, quote_via=quote)}"
        return redirect(302, location, {"Content-Type": "text/html;charset=utf-8"})


def object_headers(asset: Asset) -> dict[str, str]:
    """What the object host says of a blob; its ETag is opaque."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename={asset.name}",
        "ETag": f'"0x8D{asset.id:013X}"',
        "Last-Modified": format_datetime(asset.created_at, usegmt=True),
        "Server": "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0",
        "x-ms-creation-time": seconds_text(asset.created_at),
    }


def _subject(request: Request, asset: Asset) -> str:
    # The API names an asset by number: add its name, so that a lie about the name fits both ways.
    path = request.plain_path
    return path if path.endswith(f"/{asset.name}") else f"{path}/{asset.name}"


def _web_token(path: str, begins: float, ends: float) -> str:
    claims = {"iss": "github.com", "nbf": int(begins), "exp": int(ends), "path": path[1:]}
    parts = ({"typ": "JWT", "alg": "HS256"}, claims, "signature")
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
