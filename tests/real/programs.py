"""Programs by others that the real tests start."""

import os
import shutil
from typing import NoReturn

import pytest

from tests.source_tree import ROOT


def program(name: str, *, venv: str | None = None) -> str:
    """Path of a program, from the virtual environment `venv` of the repository if one is named.

    Where it is missing the test is skipped with the reason; under CI, where everything can be
    installed, it fails.
    """
    folder = None if venv is None else os.path.join(ROOT, venv, "bin")
    path = shutil.which(name, path=folder)
    if path is None:
        where = "on PATH" if venv is None else f"in {venv}: run `make real`"
        missing(f"{name} is not {where}")
    return path


def missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
