"""What a start costs, as a multiple of a bare interpreter's."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from tests.benchmarks.harness import MILLISECOND, Figure, medians, run

ROUNDS = 25
SMALL = (1, 10)
LARGE = (20, 50)
"""Models, and files of each."""

MODELLOCK = os.path.join(os.path.dirname(sys.executable), "modellock")


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        small = synced_project(os.path.join(folder, "small"), *SMALL)
        large = synced_project(os.path.join(folder, "large"), *LARGE)
        subjects = [
            ("import modellock", 2.5, [sys.executable, "-c", "import modellock"], small),
            ("--version", 3.0, [MODELLOCK, "--version"], small),
            ("sync, nothing to do, 1,000 files in 20 models", 4.0, [MODELLOCK, "sync"], large),
            ("run -- true, the same", 5.0, [MODELLOCK, "run", "--", "true"], large),
            ("status --quiet, the same", 4.0, [MODELLOCK, "status", "--quiet"], large),
            ("status, the same", None, [MODELLOCK, "status"], large),
            ("status, 10 files in 1 model", None, [MODELLOCK, "status"], small),
        ]
        bare, *others = medians(
            [
                starts([sys.executable, "-c", "pass"], small),
                *(starts(command, project) for _, _, command, project in subjects),
            ],
            ROUNDS,
        )
    return [
        against(bare, seconds, what, limit)
        for seconds, (what, limit, _, _) in zip(others, subjects, strict=True)
    ]


def against(bare: float, seconds: float, what: str, limit: float | None) -> Figure:
    note = f"{seconds / MILLISECOND:.1f} ms, bare interpreter {bare / MILLISECOND:.1f} ms"
    return Figure(what=what, value=seconds / bare, unit=" x", at_most=limit, note=note)


def starts(command: list[str], project: str) -> Callable[[], float]:
    return lambda: run(command, folder=project, variables=in_store(project)).seconds


def in_store(project: str) -> dict[str, str]:
    return {"MODELLOCK_STORE": os.path.join(project, "store")}


def synced_project(folder: str, models: int, files: int) -> str:
    """A project whose local models are locked and placed."""
    os.makedirs(folder)
    for model in range(models):
        origin = os.path.join(folder, "origins", str(model))
        os.makedirs(origin)
        for index in range(files):
            with open(os.path.join(origin, f"{index}.bin"), "w", encoding="ascii") as file:
                file.write(f"{model} {index}")
    with open(os.path.join(folder, "models.toml"), "w", encoding="utf-8") as file:
        for model in range(models):
            file.write(f'[models.m{model}]\nlocal = "origins/{model}"\n')
    subprocess.run([sys.executable, "-m", "compileall", "-q", package_folder()], check=True)
    for verb in ("lock", "sync"):
        run([MODELLOCK, verb], folder=folder, variables=in_store(folder))
    return folder


def package_folder() -> str:
    """Where the package under test lies; compiled first, as an installed one is."""
    import modellock  # noqa: PLC0415 - only here is the package itself asked

    return os.path.dirname(modellock.__file__)
