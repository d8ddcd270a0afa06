"""Files of this machine as origins: their URLs, and opening them without surprises."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from urllib.parse import quote, unquote, urlsplit

SCHEME = "file:"


def file_url(path: str) -> str:
    """The URL of an absolute path (RFC 8089)."""
    plain = path.replace(os.sep, "/")
    return f"{SCHEME}//{quote(plain if plain.startswith('/') else f'/{plain}', safe='/:')}"


def path_of_url(url: str) -> str:
    """The path of a `file:` URL."""
    path = unquote(urlsplit(url).path)
    has_drive = os.name == "nt" and path[2:3] == ":"
    return path[1:] if has_drive else path


@contextmanager
def open_regular(path: str) -> Iterator[BufferedReader]:
    """Open a regular file for reading.

    Raises OSError; a link, a directory, a device or a pipe is one, too, and is not waited for.
    """
    # Windows has neither flag, and asks for the other.
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NOFOLLOW", 0)
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_BINARY", 0)
    )
    with open(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is not a regular file")
        yield file
