"""The command `modellock` as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path


def modellock(
    *arguments: str, folder: Path, code: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command in a project whose store and home are its own; it must end with `code`."""
    ended = subprocess.run(
        [sys.executable, "-m", "modellock", *arguments],
        cwd=folder,
        env={**clean_environment(), "HOME": str(folder), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, f"{ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended


def clean_environment() -> dict[str, str]:
    """This process's variables without those that steer modellock or bring a token."""
    steering = ("MODELLOCK_", "HF_", "GITHUB_", "GH_", "XDG_")
    return {name: value for name, value in os.environ.items() if not name.startswith(steering)}
