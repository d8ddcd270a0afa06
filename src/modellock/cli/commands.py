"""Every command as data: what it is called, what it takes, and how its use looks."""

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
    Option,
)

MODEL = "model"
LOCKED = "locked"
FILE = "file"
SHELL = "shell"
"""What an argument names; completion offers those that there are."""


class Argument:
    """One argument that is no flag."""

    __slots__ = ("behind_dashes", "least", "many", "metavar", "names", "summary")

    def __init__(
        self,
        metavar: str,
        names: str,
        summary: str,
        *,
        least: int = 1,
        many: bool = False,
        behind_dashes: bool = False,
    ) -> None:
        self.metavar = metavar
        self.names = names
        self.summary = summary
        self.least = least
        """How many there must be at least: 0 or 1."""
        self.many = many
        self.behind_dashes = behind_dashes
        """Whether it stands behind `--`, as another program's flags do."""

    @property
    def usage(self) -> str:
        """`NAME`, `[NAME]`, `[NAME ...]`, `[-- NAME ...]`."""
        shown = f"{self.metavar} ..." if self.many else self.metavar
        shown = f"-- {shown}" if self.behind_dashes else shown
        return shown if self.least else f"[{shown}]"


class Command:
    """One command; the module of `modellock.cli.runs` with its name runs it."""

    __slots__ = ("arguments", "examples", "name", "options", "summary")

    def __init__(
        self,
        name: str,
        summary: str,
        *,
        arguments: tuple[Argument, ...] = (),
        options: tuple[Option, ...] = (),
        examples: tuple[tuple[str, str], ...],
    ) -> None:
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.options = options
        self.examples = examples
        """Command lines without the word `modellock`, each with what it is good for."""


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
    "store",
)
"""Commands that this version refuses by name."""

SHELLS = ("bash", "zsh", "fish")


def find_command(name: str) -> Command | None:
    """The command of that name, where this version has it."""
    known = (*COMMANDS, COMPLETE)
    return next((command for command in known if command.name == name), None)
