"""The environment variables that modellock sets for other programs: these, and no others.

No name of one is ever read from models.lock, and one that is read from a note of the last sync is
looked up here. Every start of `run` loads this module, so it imports nothing.
"""

DIRECTORIES = frozenset(["HF_HUB_CACHE", "TORCH_HOME"])
"""What frameworks read: the root of a layout."""

SWITCHES = frozenset(["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
ON = "1"
"""What a switch is set to."""

HERE = "."
"""The value, in a note, of a variable that holds the directory to which others are relative."""

_MODEL = "MODELLOCK_MODEL_"


def variable_of_model(name: str) -> str:
    """`MODELLOCK_MODEL_BGE_M3` for `bge-m3`: the variable that holds a model's directory."""
    return _MODEL + "".join(letter.upper() if _is_plain(letter) else "_" for letter in name)


def is_directory(variable: str) -> bool:
    """Whether it is one of ours that holds a path."""
    return variable in DIRECTORIES or (
        variable.startswith(_MODEL)
        and len(variable) > len(_MODEL)
        and variable == variable_of_model(variable[len(_MODEL) :])
    )


def _is_plain(letter: str) -> bool:
    # `str.isalnum` alone holds for letters of all alphabets, and `ß` has no capital of its own.
    return letter.isascii() and letter.isalnum()
