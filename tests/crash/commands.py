"""Commands of modellock one after the other, and what the kernel was asked to do for each."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash.forge import FAR
from tests.source_tree import ROOT

CHANGING = (
    "openat,write,pwrite64,writev,pwritev,rename,renameat,renameat2,link,linkat,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,symlink,symlinkat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,"
    "utimensat,fsync,fdatasync,ftruncate,truncate,fallocate,copy_file_range,sendfile,ioctl,setxattr"
)
"""Every system call that may change a file or a directory."""

_CALL = re.compile(r"(\w+)\((.*)")
_WRITES = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC)")
_CHANCE = re.compile(r"(?<=[-.])([0-9a-f]{16}|[0-9a-f]{8})(?=[\".>/]|$)")
_PATH = re.compile(r'[<"](/[^">]*)')
_PATIENCE = 60.0
"""Seconds for strace to write a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One system call that changes something."""

    name: str
    number: int
    """Among the calls of that name which its process made, from 1 on."""

    about: str
    """The paths in it, without what chance put into them."""

    def __str__(self) -> str:
        return f"{self.name}({self.about})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of one command."""

    code: int
    """Of a killed process the negative number of the signal."""

    output: str
    trace: tuple[str, ...]
    """The lines of strace; none without it."""


class Commands:
    """The forge, and where its processes run."""

    def __init__(self, process: subprocess.Popen[str], root: Path, traces: Path) -> None:
        self._process = process
        self._root = root
        self._traces = traces

    def run(self, *words: str, struck: Call | None = None) -> Ended:
        """Run one command in the project, where `struck` is the call that is to go wrong."""
        output = self._traces / "output"
        output.write_text("")
        order = {
            "words": words,
            "directory": str(self._root / "project"),
            "output": str(output),
            **({} if struck is None else {"call": struck.name, "number": struck.number}),
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        trace = self._trace_of(answer["process"])
        return Ended(code=answer["code"], output=output.read_text(), trace=trace)

    def _trace_of(self, process: int) -> tuple[str, ...]:
        if not self._traces.joinpath("traced").exists():
            return ()
        file = self._traces / f"trace.{process}"
        until = time.monotonic() + _PATIENCE
        # strace writes the last line once its process has ended.
        while time.monotonic() < until:
            text = file.read_text() if file.exists() else ""
            if text.endswith(" +++\n"):
                file.unlink()
                return tuple(text.splitlines())
            time.sleep(0.001)
        raise AssertionError(f"strace said nothing of process {process}")


@contextmanager
def commands(
    root: Path, variables: Mapping[str, str], strace: str | None = None, fault: str | None = None
) -> Iterator[Commands]:
    """Start a forge for a project and a store below `root`; with a fault that strace knows."""
    traces = root / ("plain" if strace is None else fault or "looked-at").replace("=", "-")
    traces.mkdir(parents=True)
    prefix: list[str] = []
    if strace is not None:
        traces.joinpath("traced").write_text("")
        prefix = [strace, "-ff", "-y", "-s0", "-q", "-o", str(traces / "trace")]
        prefix += ["-e", f"trace={CHANGING}", "-e", "signal=SIGKILL"]
        if fault is not None:
            # With it strace 6.1 kills nobody.
            prefix += [] if "signal" in fault else ["--seccomp-bpf"]
            prefix += ["-e", f"inject={CHANGING}:{fault}:when={FAR}"]
    process = subprocess.Popen(
        [*prefix, sys.executable, "-m", "tests.crash.forge"],
        cwd=ROOT,
        env=dict(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Commands(process, root, traces)
    finally:
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        process.wait()
        process.stdout.close()


def changes(trace: Sequence[str], root: Path) -> list[Call]:
    """The calls that changed something below store and project, in their order."""
    numbers: dict[str, int] = {}
    found: list[Call] = []
    for line in trace:
        matched = _CALL.match(line)
        if matched is None:
            continue
        name, rest = matched.groups()
        numbers[name] = numbers.get(name, 0) + 1
        if _changes_something(name, rest, root):
            found.append(Call(name=name, number=numbers[name], about=about(rest, root)))
    return found


def last_call(trace: Sequence[str], root: Path) -> str:
    """The name and paths of the last call, or of the one that strace let fail."""
    lines = [line for line in trace if _CALL.match(line)]
    marked = [line for line in lines if line.endswith("(INJECTED)")]
    matched = _CALL.match((marked or lines)[-1])
    assert matched
    return f"{matched[1]}({about(matched[2], root)})"


def about(arguments: str, root: Path) -> str:
    """The paths below `root` in a call's arguments, without what differs from run to run."""
    paths = [path for path in _PATH.findall(arguments) if path.startswith(f"{root}/")]
    plain = [_CHANCE.sub("*", path.removeprefix(f"{root}/")) for path in paths]
    return ", ".join(dict.fromkeys(path for path in plain if path != "project"))


def _changes_something(name: str, rest: str, root: Path) -> bool:
    if " = -1 " in rest or not any(f"{root}/{part}" in rest for part in ("store", "project/")):
        return False
    if name == "openat":
        return _WRITES.search(rest) is not None
    return name != "ioctl" or "FICLONE" in rest
