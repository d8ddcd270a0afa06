"""Files of this machine as origins: their URLs."""

import os
from urllib.parse import quote, unquote_to_bytes, urlsplit

SCHEME = "file:"


def file_url(path: str) -> str:
    """The URL of an absolute path (RFC 8089)."""
    plain = path.replace(os.sep, "/")
    # As bytes: a name need not be text.
    absolute = os.fsencode(plain if plain.startswith("/") else f"/{plain}")
    return f"{SCHEME}//{quote(absolute, safe='/:')}"


def path_of_url(url: str) -> str:
    """The path of a `file:` URL."""
    path = os.fsdecode(unquote_to_bytes(urlsplit(url).path))
    has_drive = os.name == "nt" and path[2:3] == ":"
    return path[1:] if has_drive else path
