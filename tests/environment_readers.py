"""What those make of environment variables as text who are to read them: the value of `V`."""

import io
import subprocess
from collections.abc import Callable
from importlib import import_module
from typing import Any

import dotenv

# It has no types of its own, and comes with huggingface_hub.
yaml: Any = import_module("yaml")


def read_by_shell(shell: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        script = 'eval "$(cat)"; printf %s "$V"'
        ended = subprocess.run(
            [shell, "-c", script], input=text.encode(), capture_output=True, check=True
        )
        assert ended.stderr == b""
        return ended.stdout.decode()

    return read


def read_by_dotenv(text: str) -> str | None:
    return dotenv.dotenv_values(stream=io.StringIO(text))["V"]


def read_by_compose(text: str) -> str:
    value = yaml.safe_load(text)["environment"]["V"]
    assert isinstance(value, str)
    return value.replace("$$", "$")


def read_by_runner(text: str) -> str:
    """As a runner reads its file of variables (actions/runner, FileCommandManager.cs)."""
    first, _, rest = text.partition("\n")
    if "=" in first and "<<" not in first.partition("=")[0]:
        assert rest == ""
        return first.removeprefix("V=")
    end = first.removeprefix("V<<")
    return rest.removesuffix(f"\n{end}")
