"""Every command as data."""

from collections.abc import Iterator, Sequence

from modellock.cli.command import FILE, LOCKED, MODEL, SHELL, Argument, Command
from modellock.cli.options import (
    ADD,
    DEMO,
    ENV,
    LOCK,
    LOOK,
    OUTDATED,
    REMOVE,
    RUN,
    SYNC,
    TREE,
    UPDATE,
    VERIFY,
)
from modellock.cli.store_commands import STORE_COMMANDS

COMMANDS = (
    Command(
        "init",
        "write a commented models.toml, and what git should know",
        examples=(("init", "start in the current directory"),),
    ),
    Command(
        "add",
        "declare models in models.toml, and lock them",
        arguments=(
            Argument("ORIGIN", "", "an id, a URI, the URL of a page or a file, a path", many=True),
        ),
        options=ADD,
        examples=(
            ("add sentence-transformers/all-MiniLM-L6-v2", "a model of the Hub"),
            (
                "add https://huggingface.co/org/name/tree/v1.0",
                "a revision, as the browser shows it",
            ),
            ("add github:org/repo@1.2", "a release of GitHub, by its version"),
            ("add ./my-model", "a directory of this machine"),
        ),
    ),
    Command(
        "remove",
        "drop models from models.toml and models.lock",
        arguments=(Argument("NAME", MODEL, "a model of models.toml", many=True),),
        options=REMOVE,
        examples=(("remove minilm", "its files go with the next sync"),),
    ),
    Command(
        "lock",
        "choose versions for what models.toml asks, and write models.lock",
        options=LOCK,
        examples=(
            ("lock", "resolve what models.lock does not satisfy; every pin that still fits stays"),
            ("lock --check", "in CI: is models.lock up to date? No request"),
        ),
    ),
    Command(
        "update",
        "move pins within the bounds of models.toml",
        arguments=(
            Argument(
                "NAME[@REV]",
                LOCKED,
                "a model, and the version, tag, branch or commit that it is to move to",
                least=0,
                many=True,
            ),
        ),
        options=UPDATE,
        examples=(
            ("update minilm", "move one model to the newest version that fits"),
            ("update detector@1.2", "move it to another version that fits"),
            ("update --all --dry-run", "what would move"),
            ("update --all --exclude-newer 2026-01-31", "the lock as of a date"),
        ),
    ),
    Command(
        "outdated",
        "say what could move, and move nothing",
        arguments=(
            Argument("NAME", MODEL, "a model of models.toml; all without one", least=0, many=True),
        ),
        options=OUTDATED,
        examples=(
            ("outdated", "pinned, newest allowed, newest at all"),
            ("outdated --exit-code", "in CI: exit 1 when a pin could move"),
        ),
    ),
    Command(
        "sync",
        "make the project show exactly what models.lock says",
        options=SYNC,
        examples=(
            ("sync", "fetch what is missing, place it, withdraw what is no longer locked"),
            ("sync --frozen --no-store --to /models", "in a Dockerfile, with models.lock alone"),
            ("sync --check", "exit 1 when a sync would change something"),
        ),
    ),
    Command(
        "run",
        "sync what is missing, and become a program that finds it",
        arguments=(
            Argument(
                "CMD",
                "",
                "the program and its arguments; without one, the variables for it are printed",
                least=0,
                many=True,
                behind_dashes=True,
            ),
        ),
        options=RUN,
        examples=(
            ("run -- python app.py", "signals reach the program, and its exit code is ours"),
            ("run --frozen --model minilm -- python app.py", "one model, by models.lock alone"),
        ),
    ),
    Command(
        "status",
        "say what is declared, locked, in the store and placed",
        options=LOOK,
        examples=(
            ("status", "model by model"),
            ("status --quiet", "a health check: the exit code alone"),
        ),
    ),
    Command(
        "verify",
        "check what is placed, or upstream, against models.lock",
        arguments=(Argument("NAME", MODEL, "a locked model; all without one", least=0, many=True),),
        options=VERIFY,
        examples=(
            ("verify", "sizes and times of every file"),
            ("verify --deep", "hash every file again"),
            ("verify --repair", "the same, and mend what is damaged, there and in the store"),
            ("verify --upstream", "does upstream still serve what is locked? Fetches no weights"),
        ),
    ),
    Command(
        "path",
        "print where a model is placed",
        arguments=(
            Argument("NAME", MODEL, "a locked model"),
            Argument("FILE", FILE, "a file of the model", least=0),
        ),
        options=LOOK,
        examples=(
            ("path minilm", "the directory"),
            ("path minilm config.json", "one file"),
        ),
    ),
    Command(
        "env",
        "print the variables that lead programs to the models",
        options=ENV,
        examples=(
            ("env", 'for a shell: eval "$(modellock env)"'),
            ("env --to /models --format dockerfile", "the lines that go with `sync --to /models`"),
            ("env --format github >> $GITHUB_ENV", "for the steps that follow in a workflow"),
        ),
    ),
    Command(
        "tree",
        "show models with what they require, and how large they are",
        arguments=(Argument("NAME", LOCKED, "a locked model", least=0, many=True),),
        options=TREE,
        examples=(
            ("tree", "all models of models.toml"),
            ("tree minilm --depth 2", "one, and what it requires by itself"),
        ),
    ),
    Command(
        "why",
        "say who needs a model, or which locked file these bytes are",
        arguments=(Argument("WHAT", LOCKED, "a locked model, a sha256, or a file"),),
        examples=(
            ("why nomic-ai/nomic-bert-2048", "the models that lead to it"),
            ("why 5983698ce8f4", "the locked files whose sha256 begins so"),
            ("why ~/Downloads/model.safetensors", "is it one of ours? By its bytes"),
        ),
    ),
    *STORE_COMMANDS,
    Command(
        "completion",
        "print a completion script for a shell",
        arguments=(Argument("SHELL", SHELL, "bash, zsh or fish"),),
        examples=(
            ("completion bash > ~/.local/share/bash-completion/completions/modellock", "for bash"),
            ("completion zsh > ~/.zfunc/_modellock", "for zsh, with ~/.zfunc in fpath"),
            ("completion fish > ~/.config/fish/completions/modellock.fish", "for fish"),
        ),
    ),
    Command(
        "doctor",
        "say what this machine can do: links, space, tokens, endpoints",
        examples=(
            ("doctor", "try links, look for tokens, ask the endpoints"),
            ("doctor --offline", "the same without a request"),
        ),
    ),
    Command(
        "demo",
        "the whole story on an embedded Hub and GitHub, without a network",
        options=DEMO,
        examples=(
            ("demo", "run it in a temporary directory"),
            ("demo --keep try-it", "keep the project to look around in"),
        ),
    ),
)

_WORDS = Argument("WORD", "", "a word of the command line", least=0, many=True)
COMPLETE = Command("__complete", "what completion scripts ask", arguments=(_WORDS,), examples=())
"""Known to the parser alone: no help page names it."""

LATER = (
    "audit",
    "diff",
    "export",
    "import",
    "sign",
    "store export",
    "store import",
)
"""Commands that this version refuses by name."""

SHELLS = ("bash", "zsh", "fish")


GROUPS = {"store": "the store that all projects share: where it is, what it holds, what can go"}
"""First words that several commands have in common, each with what these are about."""


def find_command(name: str) -> Command | None:
    """The command of that name, where this version has it."""
    known = (*COMMANDS, COMPLETE)
    return next((command for command in known if command.name == name), None)


def name_in(words: Sequence[str]) -> str:
    """What words call a command: the first one does, or the first two where that names a group."""
    return " ".join(words[: 2 if words[:1] and words[0] in GROUPS else 1])


def commands_in(words: Sequence[str]) -> Iterator[tuple[Command, int]]:
    """Every command that is named among words, each with where the words after its name begin."""
    for position in range(len(words)):
        command = find_command(name_in(words[position:]))
        if command is not None:
            yield command, position + command.words
