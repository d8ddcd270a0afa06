"""A repository of the Hub: the embedded one answers its API, nginx sends its bytes to everybody."""

import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast

from modellock.testing import EmbeddedHub
from tests.nginx import nginx

NAME = "acme/model"

# ETags of nginx are time and size (ngx_http_set_etag): `write_files` gives each file its own time.
_DIRECTIVES = """
location /api/ {{ proxy_pass {api}; }}
location /{name}/resolve/{commit}/ {{
    alias {folder}/;
    add_header X-Repo-Commit {commit};
    {directives}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What all peers fetch."""

    endpoint: str
    """What HF_ENDPOINT is to be."""

    commit: str

    digests: Mapping[str, str]
    """The sha256 of each file, by its path."""

    size: int
    """Bytes of all files."""

    def url(self, path: str) -> str:
        return f"{self.endpoint}/{NAME}/resolve/{self.commit}/{path}"


@contextmanager
def served(folder: str, work: str, directives: str) -> Iterator[Repository]:
    """Serve the files of a folder, all of them as if in git-lfs; `directives` are nginx's."""
    with ExitStack() as stack, EmbeddedHub() as hub:
        paths = sorted(os.listdir(folder))
        files = {path: stack.enter_context(mapped(os.path.join(folder, path))) for path in paths}
        hub.settings.page_size = len(paths)
        commit = hub.publish(NAME, files, lfs=paths)
        shown = hub.repository(NAME).commits[commit].files
        given = _DIRECTIVES.format(
            api=hub.url, name=NAME, commit=commit, folder=folder, directives=directives
        )
        yield Repository(
            endpoint=stack.enter_context(nginx(folder, work, directives=given)),
            commit=commit,
            digests={path: file.sha256 for path, file in shown.items()},
            size=sum(len(file.content) for file in shown.values()),
        )


@contextmanager
def mapped(path: str) -> Iterator[bytes]:
    """The bytes of a file, as good as read and not in memory."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield cast("bytes", content)


def write_files(folder: str, count: int, size: int) -> None:
    """Fill `folder` with files of `size` random bytes, each of a time of its own."""
    os.makedirs(folder, exist_ok=True)
    for index in range(count):
        path = os.path.join(folder, f"part-{index:05}.bin")
        with open(path, "wb") as file:
            file.writelines(os.urandom(end - start) for start, end in _blocks(size))
        os.utime(path, (index, index))


def _blocks(size: int, largest: int = 1 << 20) -> Iterator[tuple[int, int]]:
    for start in range(0, size, largest):
        yield start, min(size, start + largest)
