"""Whether a URL serves a file, and how large it is, for the price of one byte."""

import re

from modellock.ports.refusals import At, explain_refusal
from modellock.shell.httpclient import HttpClient
from modellock.values.origins import Kind

_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d{1,18})", re.ASCII)


def size_at(client: HttpClient, url: str, subject: str, *, at: At) -> int | None:
    """Bytes of the file that a URL serves; None where the server does not say.

    Raises what `explain_refusal` makes of a refusal, and what `HttpClient` raises.
    """
    tries = client.tries(subject)
    with client.stream(url, headers={"Range": "bytes=0-0"}, tries=tries) as response:
        if response.status not in (200, 206, 416):
            raise explain_refusal(
                Kind.URL,
                status=response.status,
                headers=response.headers,
                url=response.url,
                subject=subject,
                token=response.token,
                at=at,
            )
        if response.status == 200:
            return response.size
        total = _TOTAL.fullmatch(response.headers.get("content-range", ""))
        return None if total is None else int(total[1])
