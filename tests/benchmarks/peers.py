"""Programs that fetch the same files from the same server, each with its own checks."""

import json
import os
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.harness import MEGABYTE, Ended, Figure, run
from tests.benchmarks.served import NAME, Repository

MODELLOCK = os.path.join(os.path.dirname(sys.executable), "modellock")
HF = os.path.join(os.path.dirname(sys.executable), "hf")
POOCH_PROGRAM = os.path.join(os.path.dirname(__file__), "pooch_program.py")
GIGABYTE = 1000 * MEGABYTE


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
        """Fetch everything anew; what the run before wrote is gone, and everything else flushed."""
        for name in self.leavings:
            shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)
        os.makedirs(os.path.join(self.folder, "got"), exist_ok=True)
        os.sync()
        return run(self.command, folder=self.folder, variables=self.variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the runs of one peer came to."""

    name: str
    seconds: float
    """The median."""

    cpu: float
    """Seconds, the median."""

    peak: int
    """Bytes, the largest."""

    def figure(self, repository: Repository) -> Figure:
        return Figure(
            what=f"  {self.name}",
            value=self.seconds,
            unit=" s",
            note=f"{repository.size / MEGABYTE / self.seconds:.0f} MB/s, "
            f"CPU {self.cpu:.2f} s ({self.cpu * GIGABYTE / repository.size:.2f} s/GB), "
            f"peak {self.peak / MEGABYTE:.0f} MB",
        )


def compare(peers: Sequence[Peer], rounds: int) -> list[Course]:
    """Let all peers that are installed run, turn by turn."""
    for peer in peers:
        if not peer.is_installed:
            print(f"{peer.name} left out: it is not installed")
    present = [peer for peer in peers if peer.is_installed]
    turns = [[peer.run() for peer in present] for _ in range(rounds)]
    return [
        Course(
            name=peer.name,
            seconds=statistics.median(ended.seconds for ended in runs),
            cpu=statistics.median(ended.cpu for ended in runs),
            peak=max(ended.peak for ended in runs),
        )
        for peer, runs in zip(present, zip(*turns, strict=True), strict=True)
    ]


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
        [f"curl --silent --fail -o got/{p} {repository.url(p)}" for p in repository.digests],
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
