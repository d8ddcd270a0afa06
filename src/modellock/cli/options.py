"""Every flag as data, read by the parser, `--help`, completion and the tests of the reference."""

SWITCH = "switch"
TEXT = "text"
PATH = "path"
NUMBER = "number"
RATE = "rate"
SIZE = "size"
DURATION = "duration"
MANY = "many"
"""What a flag takes: nothing; a text; a path; a whole number of at least 1; bytes a second; bytes;
seconds, written as a duration; a text each time it is repeated."""


class Option:
    """One flag. A plain class, because `dataclasses` would double the time of a start."""

    __slots__ = ("choices", "flag", "kind", "later", "metavar", "short", "summary")

    def __init__(
        self,
        flag: str,
        kind: str,
        summary: str = "",
        *,
        metavar: str = "",
        choices: tuple[str, ...] = (),
        short: str = "",
    ) -> None:
        self.flag = flag
        """With its dashes: `--dry-run`."""
        self.kind = kind
        self.summary = summary
        self.metavar = metavar or "|".join(choices)
        self.choices = choices
        self.short = short
        self.later = not summary
        """Specified, and refused by this version."""

    @property
    def name(self) -> str:
        """`dry_run` for `--dry-run`."""
        return self.flag.removeprefix("--").replace("-", "_")


GLOBAL = (
    Option(
        "--directory", PATH, "look for models.toml from DIR upwards, not from here", metavar="DIR"
    ),
    Option("--store", PATH, "the store's directory", metavar="DIR"),
    Option("--offline", SWITCH, "send no request to any host"),
    Option("--color", TEXT, "when to color", choices=("auto", "always", "never")),
    Option("--no-progress", SWITCH, "show no progress"),
    Option("--progress", TEXT, "`json`: one event a line on stderr", choices=("auto", "json")),
    Option("--quiet", SWITCH, "print nothing but errors and what was asked for", short="-q"),
    Option("--verbose", SWITCH, "tell more: reasons, places, tracebacks", short="-v"),
    Option("--json", SWITCH, "print one JSON document on stdout, also on failure"),
)
"""Taken before and after every command."""

JOBS = Option(
    "--jobs",
    NUMBER,
    "connections for large files, and 24 times as many for small ones (default: 8)",
    metavar="N",
)

TO = Option("--to", PATH, "place below DIR, in place of `settings.path`", metavar="DIR")

SHARED_CACHE = Option(
    "--shared-cache",
    PATH,
    "models of layout `hf-cache` in DIR, a Hub's cache that other programs use online, too",
    metavar="DIR",
)

SYNC = (
    Option(
        "--locked",
        SWITCH,
        "refuse a models.lock that models.toml has outgrown (the default)",
    ),
    Option("--frozen", SWITCH, "go by models.lock alone, without a look at models.toml"),
    Option("--group", MANY, "the models of group G, in place of the default groups", metavar="G"),
    Option("--only-group", MANY, "the same, without the models that have no group", metavar="G"),
    Option(
        "--no-group", MANY, "not the models of group G, whatever else asks for them", metavar="G"
    ),
    Option("--model", MANY, "this model; alone, or besides what the groups select", metavar="NAME"),
    TO,
    SHARED_CACHE,
    Option(
        "--layout",
        TEXT,
        "how placed files are arranged, of all models that it can hold",
        choices=("plain", "hf-cache", "torch-hub", "whisper", "clip"),
    ),
    Option(
        "--link-mode",
        TEXT,
        "how a placed file is made from the store's",
        choices=("auto", "hardlink", "reflink", "copy", "symlink"),
    ),
    Option(
        "--no-store",
        SWITCH,
        "keep no copy in the store: stage beside the target, and rename (for image builds)",
    ),
    Option("--check", SWITCH, "change nothing; exit 1 when something would change"),
    Option("--dry-run", SWITCH, "change nothing; say what would change"),
    Option("--replace", SWITCH, "replace files in the way that modellock did not place"),
    JOBS,
    Option(
        "--lock",
        PATH,
        "another lock than models.lock, for a rollback; models.toml has no say in it",
        metavar="FILE",
    ),
    Option(
        "--limit-rate",
        RATE,
        "receive at most R bytes a second, such as `500 kB` or `10MB/s`",
        metavar="R",
    ),
    Option("--require-signature", SWITCH),
)

_NOT_FOR_PROGRAMS = {"check", "dry_run", "shared_cache"}
"""A program is started for what is done, not for what would be, and led to nothing that others
change."""

RUN = tuple(option for option in SYNC if option.name not in _NOT_FOR_PROGRAMS)
NOT_OF_RUN = tuple(option for option in SYNC if option.name in _NOT_FOR_PROGRAMS)

_SELECTING = {"group", "only_group", "no_group", "model", "to", "layout", "shared_cache", "lock"}
"""Flags of `sync` that say which models, and where they are."""

ENV = (
    Option(
        "--format",
        TEXT,
        "for whom they are quoted (default: sh)",
        choices=("sh", "dotenv", "dockerfile", "compose", "github", "json"),
    ),
    *(option for option in SYNC if option.name in _SELECTING),
)

EXCLUDE_NEWER = Option(
    "--exclude-newer",
    TEXT,
    "choose nothing newer than WHEN: a time, a date, or a duration such as `3 days`",
    metavar="WHEN",
)

LOCK = (
    Option("--check", SWITCH, "send no request, write nothing; exit 1 and say what differs"),
    Option("--dry-run", SWITCH, "resolve, and say what would change; write nothing"),
    JOBS,
    EXCLUDE_NEWER,
)

ADD = (
    Option("--name", TEXT, "call it NAME, not by the last segment of its origin", metavar="NAME"),
    Option("--group", MANY, "put it into group G", metavar="G"),
    Option("--version", TEXT, "the versions that fit, such as `>=1.2,<2`", metavar="BOUNDS"),
    Option("--include", MANY, "take the files that match GLOB alone", metavar="GLOB"),
    Option("--path", TEXT, "place it in DIR, seen from models.toml", metavar="DIR"),
    JOBS,
)

REMOVE = (JOBS,)

TREE = (Option("--depth", NUMBER, "go N levels deep; 1 is models.toml alone", metavar="N"),)

UPDATE = (
    Option("--all", SWITCH, "every model that is not held"),
    Option("--dry-run", SWITCH, "resolve, and say what would move; write nothing"),
    JOBS,
    EXCLUDE_NEWER,
)

OUTDATED = (
    Option("--exit-code", SWITCH, "exit 1 when a pin could move"),
    EXCLUDE_NEWER,
)

LOOK = (TO, SHARED_CACHE)
"""Of commands that look at what `sync` placed."""

VERIFY = (
    Option("--deep", SWITCH, "hash every file again"),
    Option("--repair", SWITCH, "hash every file again, and fetch what is damaged"),
    Option("--upstream", SWITCH, "ask upstream whether it still serves what is locked"),
    *LOOK,
    Option("--signature", SWITCH),
)

STORE_ADOPT = (
    Option("--all", SWITCH, "everything, not only what models.lock asks for"),
    Option(
        "--link-mode",
        TEXT,
        "how the store's file is made (default: auto)",
        choices=("auto", "hardlink", "reflink", "copy"),
    ),
    Option("--dry-run", SWITCH, "read and hash; take nothing over"),
)

STORE_GC = (
    Option("--dry-run", SWITCH, "take nothing away; say what would go"),
    Option(
        "--older-than",
        DURATION,
        "take only what nobody has used for so long, such as `30 days`",
        metavar="DURATION",
    ),
    Option(
        "--max-size",
        SIZE,
        "keep as much as fits, such as `200 GB`: what was used last stays",
        metavar="SIZE",
    ),
)

DEMO = (Option("--keep", PATH, "work in DIR, and leave it behind", metavar="DIR"),)


def variable_of(option: Option) -> str | None:
    """The environment variable that stands for a flag: global ones and those of `sync` have one."""
    return "MODELLOCK_" + option.name.upper() if option in GLOBAL or option in SYNC else None


EXCLUSIVE = (
    ("quiet", "verbose"),
    ("frozen", "locked"),
    ("check", "dry_run"),
    ("no_progress", "progress"),
    ("shared_cache", "to"),
    ("shared_cache", "no_store"),
    ("deep", "upstream"),
)
"""Flags that contradict each other."""
