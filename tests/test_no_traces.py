"""The tree speaks of the project alone: no host, key or leftover of where it was written."""

import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.source_tree import ROOT

# Assembled from parts, so that this file passes its own test.
FORBIDDEN = {
    "a package registry's host": r"(?i)\b(pypi|pythonhosted|npmjs|yarnpkg|anaconda|ghcr)"
    r"\.(org|com|io)\b",
    "an absolute path of one machine": "/wo" + r"rk/(main|shared)\b",
    "unfinished work": "TO" + r"DO\b|FIX" + r"ME\b|XX" + r"X\b|NotImplemented" + "Error",
    "a mock": "unittest" + r"\.mock import",
    "a token": r"\b(hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{36})\b",
}


def tracked_texts() -> dict[str, str]:
    """Text of each file that git tracks, by its path; binary files are left out."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    return dict(_texts(listing.stdout.split("\0")))


def _texts(paths: list[str]) -> Iterator[tuple[str, str]]:
    for path in filter(None, paths):
        full = os.path.join(ROOT, path)
        if os.path.isfile(full):
            with open(full, "rb") as file:
                raw = file.read()
            if b"\0" not in raw:
                yield path, raw.decode()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_has(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])

    found = {
        f"{path}: {match.group()}"
        for path, text in tracked_texts().items()
        for match in pattern.finditer(text)
    }

    assert found == set()
