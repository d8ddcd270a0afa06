"""What becomes of the program that `modellock run` starts: its process, signals and streams."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modellock.testing import Lie
from tests.cli.command import Command
from tests.cli.world import MINILM, declare, upstream
from tests.waiting import LONG, wait_until

pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(sys.platform == "win32", reason="processes of POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc")
both_ways = pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "whole"])


def test_words_behind_two_dashes_are_the_programs_own(synced: Command) -> None:
    ended = synced.run("run", "--", "printf", "%s|", "--json", "--", "-q", "", "a b")

    assert ended.stdout == "--json|--|-q||a b|"


@pytest.mark.parametrize("words", [("python", "-c", "pass"), ("--model", "small", "true")])
def test_a_program_before_two_dashes_is_refused(synced: Command, words: tuple[str, ...]) -> None:
    ended = synced.run("run", *words)

    program = words[-1] if words[0].startswith("-") else words[0]
    assert ended.code == 2
    assert ended.stderr == (
        f"error: modellock run: '{program}' stands before `--`, and a program stands behind it\n"
        f"hint: run `modellock run -- {program} ...`\n"
    )


def test_the_exit_code_is_the_programs(synced: Command) -> None:
    assert synced.run("run", "--", "sh", "-c", "exit 7").code == 7


@pytest.mark.parametrize("name", ["no-such-program", "./no-such-program", "no/such/program", ""])
def test_a_program_that_is_not_there_ends_with_127(synced: Command, name: str) -> None:
    ended = synced.run("run", "--", name)

    assert (ended.code, ended.stderr) == (127, f"error: '{name}': no such command\n")


@posix
def test_a_program_that_cannot_be_executed_ends_with_126(synced: Command) -> None:
    script = synced.folder / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    binary = synced.folder / "binary"
    binary.write_bytes(b"\0")
    binary.chmod(0o755)

    ends = [synced.run("run", "--", name) for name in ("./models.toml", "./script", "./binary")]

    assert [(ended.code, ended.stderr) for ended in ends] == [
        (126, "error: './models.toml': cannot be executed: Permission denied\n"),
        (
            126,
            "error: './script': cannot be executed: the program in its first line is not there\n",
        ),
        (126, "error: './binary': cannot be executed: Exec format error\n"),
    ]


@linux
@both_ways
@pytest.mark.parametrize("locale", [{}, {"LC_CTYPE": "C.UTF-8"}, {"LANG": "C.UTF-8"}])
def test_the_program_has_the_environment_that_it_would_have_without_us(
    locked: Command, locale: dict[str, str], is_fast: bool
) -> None:
    """Where there is no locale, Python sets one for itself."""
    modellock = prepared(locked, is_fast=is_fast)
    kept = {name: modellock.environ()[name] for name in ("PATH", "HOME")}

    ended = subprocess.run(
        [sys.executable, "-m", "modellock", "run", "-q", "--", "env", "-0"],
        cwd=modellock.folder,
        env={**kept, **locale},
        capture_output=True,
        text=True,
        check=True,
    )

    assert dict(pair.split("=", 1) for pair in ended.stdout.rstrip("\0").split("\0")) == {
        **kept,
        **locale,
        "MODELLOCK_MODEL_SMALL": f"{modellock.folder}/models/small",
    }


@linux
@both_ways
def test_a_batch_job_with_little_memory_can_start_its_program(
    locked: Command, is_fast: bool
) -> None:
    modellock = prepared(locked, is_fast=is_fast)

    ended = subprocess.run(
        ["sh", "-c", "ulimit -v 250000; exec modellock run -q -- echo started"],
        cwd=modellock.folder,
        env=modellock.environ(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.stdout, ended.stderr) == ("started\n", "")


@posix
def test_a_directory_of_path_that_nobody_may_read_hides_no_missing_program(
    synced: Command, tmp_path: Path
) -> None:
    (tmp_path / "private").mkdir(mode=0)
    path = f"{tmp_path}/private:{tmp_path}/gone:{synced.folder}/models.toml"

    assert synced.run("run", "--", "no-such-program", PATH=path).code == 127


def test_the_program_starts_where_modellock_was_started(synced: Command) -> None:
    (synced.folder / "sub").mkdir()

    ended = Command(synced.folder / "sub", synced.home).run(
        "run", "--directory", "..", "--", "sh", "-c", "pwd; cat ../models/small/weights.bin"
    )

    assert ended.stdout == f"{synced.folder}/sub\nw"


def test_the_program_reads_the_stdin_that_was_given(synced: Command) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "modellock", "run", "--", "cat"],
        cwd=synced.folder,
        env=synced.environ(),
        input=b"one\ntwo\n",
        capture_output=True,
        check=True,
    )

    assert (ended.stdout, ended.stderr) == (b"one\ntwo\n", b"")


def prepared(modellock: Command, *, is_fast: bool) -> Command:
    if is_fast:
        modellock.run("sync")
    return modellock


@posix
@both_ways
def test_the_program_has_the_process_and_gets_its_signals(locked: Command, is_fast: bool) -> None:
    modellock = prepared(locked, is_fast=is_fast)
    trap = "trap 'echo terminated; exit 5' TERM; echo $$; while :; do sleep 0.05; done"
    process = modellock.start("run", "-q", "--", "sh", "-c", trap)
    assert process.stdout is not None

    assert process.stdout.readline() == f"{process.pid}\n"
    process.send_signal(signal.SIGTERM)

    assert process.communicate(timeout=LONG) == ("terminated\n", "")
    assert process.returncode == 5


@posix
@both_ways
def test_a_program_that_handles_no_signal_ends_by_it(locked: Command, is_fast: bool) -> None:
    modellock = prepared(locked, is_fast=is_fast)
    process = modellock.start("run", "-q", "--", "sh", "-c", "echo ready; exec sleep 60")
    assert process.stdout is not None
    process.stdout.readline()

    process.terminate()

    assert process.wait(timeout=LONG) == -signal.SIGTERM
    process.communicate()


@linux
@both_ways
@pytest.mark.parametrize("before", ["", "trap '' TERM; ", "trap '' INT; "])
def test_the_program_ignores_and_blocks_what_it_would_without_us(
    locked: Command, before: str, is_fast: bool
) -> None:
    modellock = prepared(locked, is_fast=is_fast)
    program = "grep -E 'Sig(Blk|Ign)' /proc/self/status"

    alone, run = (
        subprocess.run(
            ["sh", "-c", f"{before}exec {command}"],
            cwd=modellock.folder,
            env=modellock.environ(),
            capture_output=True,
            text=True,
            check=True,
        )
        for command in (program, f"modellock run -q -- {program}")
    )

    assert run.stdout == alone.stdout


@linux
@both_ways
def test_the_program_inherits_streams_alone(locked: Command, is_fast: bool) -> None:
    modellock = prepared(locked, is_fast=is_fast)

    ended = modellock.run("run", "-q", "--", "ls", "/proc/self/fd")

    # The fourth is that by which `ls` reads the directory.
    assert ended.stdout.split() == ["0", "1", "2", "3"]


@linux
def test_a_program_can_be_the_first_process_of_a_container(locked: Command) -> None:
    isolated = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if subprocess.run([*isolated, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no namespaces here")
    start = "exec modellock run -q -- sh -c 'trap \"exit 9\" TERM; echo $$; kill $$; sleep 20'"

    ended = subprocess.run(
        [*isolated, "sh", "-c", start],
        cwd=locked.folder,
        env=locked.environ(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.stdout, ended.returncode) == ("1\n", 9)


@posix
def test_terminating_a_run_that_still_syncs_starts_nothing(modellock: Command) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        world.forget_requests()
        world.hub.lies.add("*", Lie.delay(LONG))
        process = modellock.start("run", "--", "echo", "started", **world.variables)
        wait_until(lambda: world.request_count > 0)

        process.terminate()
        stdout, _ = process.communicate(timeout=LONG)

    assert (process.returncode, stdout) == (143, "")


@posix
@pytest.mark.parametrize(
    ("number", "code", "told"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_who_stops_a_run_again_and_again_sees_one_line(
    modellock: Command, number: signal.Signals, code: int, told: str
) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        world.forget_requests()
        world.hub.lies.add("*", Lie.delay(LONG))
        process = modellock.start("run", "--", "echo", "started", **world.variables)
        wait_until(lambda: world.request_count > 0)
        while process.poll() is None:
            process.send_signal(number)
            time.sleep(0.003)
        stdout, stderr = process.communicate()

    assert (process.returncode, stdout) == (code, "")
    assert stderr.splitlines()[-1] == f"error: {told}"
    assert "Traceback" not in stderr
