"""olah, a Hub server by others, in front of a git repository with LFS files."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.nginx import wait_until_listening
from tests.waiting import port_of_nobody

CONFIGURATION = """
[basic]
host = "127.0.0.1"
port = {port}
repos-path = "{folder}/repos"
mirrors-path = ["{folder}/mirrors"]
[accessibility]
offline = true
"""


@contextmanager
def olah(command: str, folder: str) -> Iterator[str]:
    """Serve the git repositories below `folder`/mirrors as a Hub; yields its endpoint."""
    configuration = os.path.join(folder, "olah.toml")
    with port_of_nobody() as port, open(os.path.join(folder, "olah.log"), "wb") as log:
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(port=port, folder=folder))
        process = subprocess.Popen(
            [command, "-c", configuration, "--log-path", os.path.join(folder, "logs")],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_listening(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def publish(folder: str, repository: str, files: str, tag: str) -> str:
    """Commit a folder of files as a Hub model's first revision; returns the commit."""
    target = os.path.join(folder, "mirrors", "models", repository)
    shutil.copytree(files, target)
    for arguments in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["lfs", "install", "--local"],
        ["config", "user.name", "Tests"],
        ["config", "user.email", "tests@example.org"],
        ["add", "."],
        ["commit", "--quiet", "--message", "Publish"],
        ["tag", tag],
    ):
        git(target, *arguments)
    return git(target, "rev-parse", "HEAD")


def git(folder: str, *arguments: str) -> str:
    ended = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()
