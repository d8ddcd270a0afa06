"""A program as in production: no network, a user without rights, a tree that is read-only."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.real.programs import missing
from tests.source_tree import ROOT

PROGRAMS = Path(ROOT, "tests", "consumers", "programs")


def answer_of(
    program: str,
    *arguments: str,
    tree: Path,
    python: str = sys.executable,
    **variables: str,
) -> Any:
    """What one of `programs` prints as JSON, with nothing but `tree` and its own code to read.

    As root it runs as nobody behind a read-only mount and without a network; anyone else runs it as
    they are, and takes the right to write from the tree.
    """
    ended = run_isolated(
        [python, str(PROGRAMS / program), *arguments], tree=tree, variables=variables
    )
    assert ended.returncode == 0, f"{ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return json.loads(ended.stdout)


def run_isolated(
    command: list[str], *, tree: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command that may change nothing in `tree` and reach no host."""
    environ = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # Two tests at a time on two cores: threads would only wait for each other.
        "OMP_NUM_THREADS": "1",
        **variables,
    }
    if os.geteuid() == 0:
        return _run([*_enclosed(tree), *command], environ)
    with _closed(tree):
        return _run(command, environ)


def _run(command: list[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _enclosed(tree: Path) -> list[str]:
    """What starts a command as nobody; its mounts end with it."""
    unshare = ["unshare", "--net", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        missing("root may not unshare the network and mounts here")
    enclosure = Path(ROOT, "tests", "consumers", "enclosure.py")
    return [*unshare, sys.executable, str(enclosure), str(tree), sys.base_prefix, ROOT, "--"]


@contextmanager
def _closed(tree: Path) -> Iterator[None]:
    """Nobody may write what is in the tree, for a while."""
    modes = {path: path.stat().st_mode for path in [tree, *tree.rglob("*")]}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
