"""`init`: a models.toml to fill in, and what git should know of models.lock and placed models."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from modellock.documents.manifest import FILE_NAME
from modellock.documents.placements import placement_of
from modellock.errors import FileAccessError
from modellock.shell.project import Project

MANIFEST = """\
# What this project wants: `modellock lock` chooses versions and writes models.lock,
# `modellock sync` puts exactly those files below models/.

# [settings]
# path = "models"              # where models are placed
# default-groups = ["text"]    # what a sync without --group takes; all groups where this is not set

# [models.minilm]
# hub = "sentence-transformers/all-MiniLM-L6-v2"
# revision = "main"            # a branch, a tag or a commit; models.lock pins the commit
# include = ["*.json", "model.safetensors", "vocab.txt"]

# [models.whisper-small]
# github = "acme/whisper-models"
# version = "~=1.4"            # the highest release tag within these bounds
# include = ["whisper-small.safetensors"]

# [models.pose]
# url = "https://storage.example/pose_landmarker.task"

# [models.house-style]
# local = "../shared/house-style"
"""

ATTRIBUTE = "models.lock text eol=lf"
"""models.lock has the same bytes on every system, whatever git is set to."""

STATE = "/.modellock/"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """What became of the files, by their names."""

    written: tuple[str, ...]
    extended: tuple[str, ...]
    """Got the lines that they lacked."""

    kept: tuple[str, ...]


def init(directory: str) -> InitResult:
    """Write what a project needs, and nothing over what is there.

    Raises ManifestError where there is a models.toml that cannot be read, FileAccessError.
    """
    became = {
        FILE_NAME: _write_manifest(os.path.join(directory, FILE_NAME)),
        ".gitattributes": _add_lines(os.path.join(directory, ".gitattributes"), [ATTRIBUTE]),
        ".gitignore": _add_lines(os.path.join(directory, ".gitignore"), _ignored(directory)),
    }
    return InitResult(
        **{
            outcome: tuple(name for name, its in became.items() if its == outcome)
            for outcome in ("written", "extended", "kept")
        }
    )


def _write_manifest(path: str) -> str:
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(MANIFEST)
    except FileExistsError:
        return "kept"
    return "written"


def _ignored(directory: str) -> list[str]:
    """Lines for what `sync` makes: the directories that models.toml names, and the state."""
    manifest = Project(directory).read_manifest()
    inside = f"{manifest.settings.path}/"
    placed = (placement_of(spec, manifest.settings) for spec in manifest.specs.values())
    apart = {path for path in placed if not path.startswith(inside)}
    return [f"/{inside}", *(f"/{path}/" for path in sorted(apart)), STATE]


def _add_lines(path: str, wanted: Iterable[str]) -> str:
    if os.path.islink(path):
        # git does not follow such a link either, and it may lead out of the project.
        raise FileAccessError(
            f"{os.path.basename(path)}: is a symbolic link; modellock follows none"
        )
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            before = file.read()
    except FileNotFoundError:
        before = None
    present = {_bare(line) for line in (before or "").splitlines()}
    missing = [line for line in wanted if _bare(line) not in present]
    if not missing:
        return "kept"
    gap = "\n" if before and not before.endswith("\n") else ""
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        file.write(gap + "".join(f"{line}\n" for line in missing))
    return "written" if before is None else "extended"


def _bare(line: str) -> str:
    """A line for comparing: `models`, `/models/` and `models/` ignore the same directory here.

    Of attributes the first three count, so that a project may add its own.
    """
    words = line.split()[:3]
    return " ".join(words).strip("/")
