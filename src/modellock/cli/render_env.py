"""Environment variables as text, quoted for whoever reads it so that every value arrives as it is.

Names need no quotes: they are those of `modellock.values.variables`.
"""

import os
import re
from collections.abc import Callable, Mapping

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.errors import UsageError

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=,-]+")
"""What no shell and no parser of these formats takes for anything but itself."""

_AMBIGUOUS = re.compile(r"\\(?=[\\']|\Z)")
"""Within single quotes python-dotenv reads `\\\\` as one backslash and Compose as two; a backslash
before anything else stays one for both, but for a quote, which is escaped by it."""


def variables_answer(variables: Mapping[str, str], invocation: Invocation) -> Answer:
    """The variables in the format that was asked for, or in the document of `--json`."""
    form = invocation.text("format") or "sh"
    text = "" if invocation.on("json") else format_variables(variables, form)
    return Answer({"variables": dict(variables)}, text, data=True)


def format_variables(variables: Mapping[str, str], form: str) -> str:
    """Write variables in a format of `env --format`, without the last newline.

    Raises UsageError for a value that the format cannot hold.
    """
    for name, value in variables.items():
        if not _is_unicode(value):
            raise _refusal(form, name, "is not UTF-8")
    return _FORMATS[form](variables)


def _sh(variables: Mapping[str, str]) -> str:
    """For `eval`, in every POSIX shell (XCU 2.2.2, single quotes)."""
    return "\n".join(
        f"export {name}={_if_needed(value, _sh_quoted)}" for name, value in variables.items()
    )


def _sh_quoted(value: str) -> str:
    return "'" + value.replace("'", r"'\''") + "'"


def _dotenv(variables: Mapping[str, str]) -> str:
    """For Compose (`dotenv/parser.go` of compose-go 2) and python-dotenv alike.

    Where nothing needs quotes there are none, because `docker run --env-file` takes them literally.
    """
    lines = []
    for name, value in variables.items():
        # python-dotenv replaces `${NAME}` within single quotes, too, and knows no escape for it.
        if "${" in value or "\r" in value or _AMBIGUOUS.search(value):
            raise _refusal("dotenv", name, "has `${`, `\\\\`, `\\'` or a carriage return in it")
        lines.append(f"{name}={_if_needed(value, _dotenv_quoted)}")
    return "\n".join(lines)


def _dotenv_quoted(value: str) -> str:
    return "'" + value.replace("'", r"\'") + "'"


def _dockerfile(variables: Mapping[str, str]) -> str:
    """`ENV` lines, for a Dockerfile whose escape character is the backslash.

    docs.docker.com/reference/dockerfile, "ENV" and "Environment replacement".
    """
    lines = []
    for name, value in variables.items():
        if "\n" in value or "\r" in value:
            raise _refusal("dockerfile", name, "has a line break in it")
        lines.append(f"ENV {name}={_if_needed(value, _dockerfile_quoted)}")
    return "\n".join(lines)


def _dockerfile_quoted(value: str) -> str:
    return '"' + re.sub(r'([\\"$])', r"\\\1", value) + '"'


def _compose(variables: Mapping[str, str]) -> str:
    """The `environment` of a service; a single `$` would be interpolated."""
    if not variables:
        return "environment: {}"
    lines = [f"  {name}: {_yaml_quoted(_doubled(value))}" for name, value in variables.items()]
    return "\n".join(["environment:", *lines])


def _doubled(value: str) -> str:
    return value.replace("$", "$$")


def _yaml_quoted(value: str) -> str:
    """A double-quoted scalar (YAML 1.2.2, 7.3.1), whatever type the value would have without."""
    return '"' + "".join(map(_yaml_character, value)) + '"'


def _yaml_character(character: str) -> str:
    if character in '\\"':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _github(variables: Mapping[str, str]) -> str:
    """What a step appends to the file that GITHUB_ENV names."""
    return "\n".join(_github_lines(name, value) for name, value in variables.items())


def _github_lines(name: str, value: str) -> str:
    if "\n" not in value:
        return f"{name}={value}"
    # Nobody who knows the value can know the line that ends it.
    end = f"end_{os.urandom(16).hex()}"
    return f"{name}<<{end}\n{value}\n{end}"


def _json(variables: Mapping[str, str]) -> str:
    import json

    return json.dumps(variables, indent=2)


def _if_needed(value: str, quoted: Callable[[str], str]) -> str:
    return value if _PLAIN.fullmatch(value) else quoted(value)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal(form: str, name: str, problem: str) -> UsageError:
    return UsageError(
        f"--format {form}: cannot hold {name}: its value {problem}",
        hint="`modellock run -- CMD` sets every value as it is",
    )


_FORMATS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "sh": _sh,
    "dotenv": _dotenv,
    "dockerfile": _dockerfile,
    "compose": _compose,
    "github": _github,
    "json": _json,
}
