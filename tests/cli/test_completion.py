import shutil
import subprocess
from pathlib import Path

import pytest

from modellock.cli.completing import Names, candidates
from tests.cli.command import Command
from tests.cli.world import closure_lock

MANIFEST = (
    '[models.minilm]\nlocal = "a"\ngroups = ["text"]\n'
    '[models.minicpm]\nlocal = "b"\ngroups = ["vision"]\n'
)


class SomeNames(Names):
    def models(self) -> list[str]:
        return ["minicpm", "minilm"]

    def locked(self) -> list[str]:
        return ["minicpm", "org/code"]

    def groups(self) -> list[str]:
        return ["text", "vision"]

    def files(self, model: str) -> list[str]:
        return [f"{model}.bin", "config.json"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "",
            (
                "init add remove lock update outdated sync run status verify path env tree why "
                "completion doctor demo store"
            ),
        ),
        ("s", "sync status store"),
        ("store ", "dir adopt list size verify gc"),
        ("store gc --max", "--max-size"),
        ("--offline store d", "dir"),
        ("store dir ", ""),
        ("store dir --off", "--offline"),
        ("--offline st", "status store"),
        ("--color ", "auto always never"),
        ("--store ", ""),
        ("sync --lo", "--locked --lock"),
        ("sync --group v", "vision"),
        ("sync --model ", "minicpm minilm"),
        ("sync --link-mode re", "reflink"),
        ("sync --require", ""),
        ("sync x", ""),
        ("verify ", "minicpm minilm"),
        ("verify minilm ", "minicpm"),
        ("verify --deep mini", "minicpm minilm"),
        ("path minilm ", "minilm.bin config.json"),
        ("path minilm config.json ", ""),
        ("path --store /x mini", "minicpm minilm"),
        ("add ", ""),
        ("add --gr", "--group"),
        ("add ./x --group t", "text"),
        ("remove minilm ", "minicpm"),
        ("tree ", "minicpm org/code"),
        ("tree --depth 2 org/code ", "minicpm"),
        ("why ", "minicpm org/code"),
        ("why org/code ", ""),
        ("completion ", "bash zsh fish"),
        ("sync --he", "--help"),
        ("env --format dot", "dotenv"),
        ("run --model minil", "minilm"),
        ("run --che", ""),
        ("run -- ", ""),
        ("run -- python --mo", ""),
    ],
)
def test_what_can_stand_at_the_cursor(line: str, expected: str) -> None:
    found = candidates(line.split(" "), SomeNames())

    assert " ".join(word for word, _ in found) == expected


def test_names_come_from_the_project(modellock: Command) -> None:
    (modellock.folder / "models.toml").write_text(MANIFEST)

    assert modellock.run("__complete", "--", "verify", "mini").stdout == "minicpm\t\nminilm\t\n"
    assert modellock.run("__complete", "--", "sync", "--group", "").stdout == "text\t\nvision\t\n"


def test_names_that_others_require_come_from_the_lock(modellock: Command) -> None:
    (modellock.folder / "models.lock").write_text(closure_lock())

    assert modellock.run("__complete", "--", "why", "nomic").stdout == (
        "nomic-ai/nomic-bert-2048\t\nnomic-ai/nomic-bert-2048@eb26c2ddbbc7\t\n"
    )


def test_flags_complete_where_there_is_no_project(modellock: Command) -> None:
    ended = modellock.run("__complete", "--", "sync", "--froz")

    assert ended.stdout == ("--frozen\tgo by models.lock alone, without a look at models.toml\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_one_that_its_shell_reads(
    shell: str, modellock: Command, tmp_path: Path
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(modellock.run("completion", shell).stdout)

    checked = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_bash_completes_names_of_models(modellock: Command) -> None:
    (modellock.folder / "models.toml").write_text(MANIFEST)
    asking = (
        "source <(modellock completion bash); COMP_WORDS=(modellock verify minil); COMP_CWORD=2; "
        '_modellock modellock; echo "${COMPREPLY[@]}"'
    )

    assert output_of(["bash", "-c", asking], modellock) == "minilm\n"


def test_fish_completes_names_of_models(modellock: Command) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    (modellock.folder / "models.toml").write_text(MANIFEST)
    asking = "modellock completion fish | source; complete -C 'modellock verify minil'"

    assert output_of(["fish", "--no-config", "-c", asking], modellock) == "minilm\n"


def test_an_unknown_shell_is_refused(modellock: Command) -> None:
    ended = modellock.run("completion", "fsh")

    assert ended.code == 2
    assert ended.stderr == (
        "error: 'fsh' is none of `bash`, `zsh`, `fish`\nhint: did you mean `fish`?\n"
    )


def output_of(command: list[str], modellock: Command) -> str:
    ended = subprocess.run(
        command,
        cwd=modellock.folder,
        env=modellock.environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout
