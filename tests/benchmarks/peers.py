"""Programs that fetch the same files from the same server, each with its own checks.

Each is made for a repository and an empty folder in which it works.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.harness import Ended, run
from tests.benchmarks.served import NAME, Repository

MODELLOCK = os.path.join(os.path.dirname(sys.executable), "modellock")
HF = os.path.join(os.path.dirname(sys.executable), "hf")
POOCH_PROGRAM = os.path.join(os.path.dirname(__file__), "pooch_program.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program, and where it works."""

    name: str
    command: Sequence[str]
    folder: str
    variables: Mapping[str, str] = field(default_factory=dict)
    leavings: Sequence[str] = ("got",)
    """What it makes in its folder."""

    @property
    def is_installed(self) -> bool:
        return shutil.which(self.command[0]) is not None

    def run(self) -> Ended:
        """Fetch everything anew, once the disk has what others wrote; nothing is left of it."""
        os.makedirs(os.path.join(self.folder, "got"), exist_ok=True)
        os.sync()
        try:
            return run(self.command, folder=self.folder, variables=self.variables)
        finally:
            for name in self.leavings:
                shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)


def modellock(repository: Repository, folder: str) -> Peer:
    """`modellock sync` of what is locked here and now."""
    os.makedirs(folder)
    with open(os.path.join(folder, "models.toml"), "w", encoding="utf-8") as file:
        file.write(f'[models.model]\nhub = "{NAME}"\n')
    variables = {
        "HF_ENDPOINT": repository.endpoint,
        "MODELLOCK_STORE": os.path.join(folder, "store"),
    }
    run([MODELLOCK, "lock"], folder=folder, variables=variables)
    return Peer(
        name="modellock sync",
        command=[MODELLOCK, "sync"],
        folder=folder,
        variables=variables,
        leavings=("store", "models", ".modellock"),
    )


def hf_download(repository: Repository, folder: str) -> Peer:
    """`hf download` into its cache; without Xet, which no server here has."""
    os.makedirs(folder)
    return Peer(
        name="hf download",
        command=[HF, "download", NAME, "--revision", repository.commit],
        folder=folder,
        variables={
            "HF_ENDPOINT": repository.endpoint,
            "HF_HOME": os.path.join(folder, "got"),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        },
    )


def curl_to_file(repository: Repository, folder: str) -> Peer:
    """`curl -o`, file after file, which verifies nothing."""
    return _script(
        "curl -o",
        folder,
        [
            f"curl --silent --fail -o got/{path} {repository.url(path)}"
            for path in repository.digests
        ],
    )


def curl_to_disk(repository: Repository, folder: str) -> Peer:
    """`curl -o` that ends when the disk has everything, as `modellock sync` does."""
    return _script(
        "curl -o, sync",
        folder,
        [
            f"curl --silent --fail -o got/{path} {repository.url(path)} && sync got/{path}"
            for path in repository.digests
        ],
    )


def curl_to_digest(repository: Repository, folder: str) -> Peer:
    """The same with a look at the digest, on the way."""
    return _script(
        "curl | tee | openssl sha256",
        folder,
        [
            f"curl --silent --fail {repository.url(path)} | tee got/{path} | openssl sha256"
            for path in repository.digests
        ],
    )


def _script(name: str, folder: str, lines: Sequence[str]) -> Peer:
    os.makedirs(folder)
    script = "\n".join(["set -euo pipefail", *lines])
    return Peer(name=name, command=["bash", "-c", script], folder=folder)


def curl_at_once(repository: Repository, folder: str) -> Peer:
    """`curl -Z`, 50 at once, which verifies nothing."""
    os.makedirs(folder)
    with open(os.path.join(folder, "curl.conf"), "w", encoding="utf-8") as file:
        file.writelines(
            f'url = "{repository.url(path)}"\noutput = "got/{path}"\n'
            for path in repository.digests
        )
    command = ["curl", "-Z", "--silent", "--fail", "--config", "curl.conf"]
    return Peer(name="curl -Z", command=command, folder=folder)


def aria2c(repository: Repository, folder: str) -> Peer:
    """aria2c with the digests, 16 files at once or 16 connections to one."""
    os.makedirs(folder)
    with open(os.path.join(folder, "aria2.list"), "w", encoding="utf-8") as file:
        file.writelines(
            f"{repository.url(path)}\n  out={path}\n  checksum=sha-256={digest}\n"
            for path, digest in repository.digests.items()
        )
    command = ["aria2c", "-q", "-d", "got", "-i", "aria2.list", "-j16", "-x16", "-s16"]
    return Peer(name="aria2c", command=[*command, "--file-allocation=none"], folder=folder)


def pooch(repository: Repository, folder: str) -> Peer:
    """pooch with the digests, file after file, as its documentation shows it."""
    os.makedirs(folder)
    with open(os.path.join(folder, "pooch.json"), "w", encoding="utf-8") as file:
        json.dump({"base_url": repository.url(""), "registry": dict(repository.digests)}, file)
    return Peer(name="pooch", command=[sys.executable, POOCH_PROGRAM], folder=folder)
