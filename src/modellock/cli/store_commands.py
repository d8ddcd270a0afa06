"""The commands of the group `store`, as data."""

from modellock.cli.command import Command
from modellock.cli.options import STORE_GC

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
