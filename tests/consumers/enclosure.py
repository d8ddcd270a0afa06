"""Become nobody, in namespaces of one's own, and run a command: `enclosure.py TREE OPEN... -- CMD`.

TREE turns read-only. Each OPEN, a folder, can be entered even where one above it is closed to
others, as a home often is.
"""

import os
import subprocess
import sys

NOBODY = 65534


def main() -> None:
    end = sys.argv.index("--")
    tree, *folders = sys.argv[1:end]
    command = sys.argv[end + 1 :]
    mount("--bind", tree, tree)
    mount("-o", "remount,bind,ro", tree)
    open_up(folders)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    os.execvp(command[0], command)  # noqa: S606 - a shell would be one more process


def open_up(folders: list[str]) -> None:
    """Put an empty folder in place of each closed one, with nothing in it but the way to these."""
    closed = {folder: closed_above(folder) for folder in folders}
    handles = {
        folder: os.open(folder, os.O_PATH) for folder, above in closed.items() if above is not None
    }
    for above in {above for above in closed.values() if above is not None}:
        mount("-t", "tmpfs", "-o", "mode=755", "none", above)
    for folder, handle in handles.items():
        os.makedirs(folder, exist_ok=True)
        os.set_inheritable(handle, True)
        mount("--no-canonicalize", "--bind", f"/proc/self/fd/{handle}", folder)


def closed_above(folder: str) -> str | None:
    """The topmost folder on the way to one that others may not enter."""
    parts = folder.split("/")
    for count in range(1, len(parts) + 1):
        path = "/".join(parts[:count]) or "/"
        if not os.stat(path).st_mode & 0o001:
            return path
    return None


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, close_fds=False)


main()
