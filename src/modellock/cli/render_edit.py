"""What `add` and `remove` say of models.toml, before what `lock` says."""

from collections.abc import Iterator

from modellock.decisions.entries import Entry
from modellock.documents.keys import Value
from modellock.values.tables import quoted
from modellock.verbs.edit import EditResult


def edit_lines(result: EditResult) -> Iterator[str]:
    """The result for a person."""
    if result.is_first:
        yield "Wrote models.toml; `modellock init` adds what git should know"
    for entry in result.entries:
        said = "Declared" if entry.is_new else "models.toml has"
        yield f"{said} {entry.name}: {_keys_words(entry)}"
    for name in result.removed:
        yield f"Removed {name} from models.toml"


def _keys_words(entry: Entry) -> str:
    return ", ".join(f"{key} = {_words(value)}" for key, value in entry.keys.items())


def _words(value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(quoted(item) for item in value)}]"
    return quoted(str(value))


def edit_document(result: EditResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "entries": [
            {
                "model": entry.name,
                "new": entry.is_new,
                "keys": {
                    key: list(value) if isinstance(value, tuple) else value
                    for key, value in entry.keys.items()
                },
            }
            for entry in result.entries
        ],
        "removed": list(result.removed),
        "first": result.is_first,
    }
