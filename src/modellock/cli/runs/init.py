"""`modellock init`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.verbs.init import InitResult, init


def run(invocation: Invocation) -> Answer:
    """Start a project in the current directory, or in `--directory`."""
    result = init(invocation.start)
    document: dict[str, object] = {
        "directory": invocation.start,
        "written": list(result.written),
        "extended": list(result.extended),
        "kept": list(result.kept),
    }
    return Answer(document, text_of(result))


def text_of(result: InitResult) -> str:
    """A line for each file, and what comes next."""
    lines = [f"Wrote {name}" for name in result.written]
    lines += [f"Added lines to {name}" for name in result.extended]
    lines += [f"Kept {name}" for name in result.kept]
    if "models.toml" in result.written:
        lines.append("Next: name a model in models.toml, then run `modellock lock`")
    return "\n".join(lines)
