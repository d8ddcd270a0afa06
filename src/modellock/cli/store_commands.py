"""The commands of the group `store`, as data."""

from modellock.cli.command import Argument, Command
from modellock.cli.options import STORE_ADOPT, STORE_GC

STORE_COMMANDS = (
    Command(
        "store dir",
        "print where the store is",
        examples=(
            ("store dir", "for a cache of a CI, or a mount of a container"),
            ("store dir --store /srv/models", "as every other command would understand it"),
        ),
    ),
    Command(
        "store adopt",
        "take over what other programs have fetched: by hash, without a download",
        arguments=(
            Argument(
                "DIR",
                "",
                "a directory with files; without one, the caches that the environment names",
                least=0,
                many=True,
            ),
        ),
        options=STORE_ADOPT,
        examples=(
            ("store adopt", "what models.lock asks for and other programs' caches have"),
            ("store adopt ./models", "the same from files that were put there by hand"),
            ("store adopt --all ~/Downloads", "whatever a directory holds"),
        ),
    ),
    Command(
        "store list",
        "say which projects and models use what of the store",
        examples=(
            ("store list", "how much each model has, alone and together with others"),
            ("store list --json", "the same for a program"),
        ),
    ),
    Command(
        "store size",
        "say what takes how much space, and what could go",
        examples=(("store size", "blobs, partial files, and what `store gc` would free"),),
    ),
    Command(
        "store verify",
        "hash every blob again",
        examples=(("store verify", "on all cores; a damaged blob is moved aside (exit 4)"),),
    ),
    Command(
        "store gc",
        "take out of the store what no project uses",
        options=STORE_GC,
        examples=(
            ("store gc --dry-run", "what would go, and what that would free"),
            ('store gc --older-than "30 days"', "only what nobody has used for a month"),
            ('store gc --max-size "200 GB"', "for a cache of limited size"),
        ),
    ),
)
