"""The commands of the group `store`, as data."""

from modellock.cli.command import Command

STORE_COMMANDS = (
    Command(
        "store dir",
        "print where the store is",
        examples=(
            ("store dir", "for a cache of a CI, or a mount of a container"),
            ("store dir --store /srv/models", "as every other command would understand it"),
        ),
    ),
)
