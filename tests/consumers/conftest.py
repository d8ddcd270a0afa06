import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.sandbox import PROGRAMS
from tests.real.programs import missing


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny models, made by the libraries that load them."""
    if find_spec("torch") is None:
        missing("torch is not installed: run `make consumers`")
    folder = tmp_path_factory.mktemp("models")
    subprocess.run(
        [sys.executable, str(PROGRAMS / "make_models.py"), str(folder)],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as embedded:
        yield embedded


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder of the module's own that others may enter, which those of pytest are not."""
    path = tempfile.mkdtemp(prefix="modellock-consumers-")
    os.chmod(path, 0o755)  # noqa: S103 - nobody reads what is below
    yield Path(path)
    shutil.rmtree(path)
