"""What the flags of `sync` ask for, in the words of a `SyncRequest` and without loading one."""

from modellock.cli.invocation import Invocation


def wanted_by(invocation: Invocation) -> dict[str, object]:
    """What flags say of what is wanted and where: fields of a `SyncRequest`."""
    return {
        "groups": invocation.many("group"),
        "only_groups": invocation.many("only_group"),
        "no_groups": invocation.many("no_group"),
        "models": invocation.many("model"),
        "to": invocation.path("to"),
        "shared_cache": invocation.path("shared_cache"),
        "layout": invocation.text("layout"),
        "link_mode": invocation.text("link_mode"),
        "no_store": invocation.on("no_store"),
        "staleness": "frozen" if invocation.on("frozen") else "locked",
        "lock_file": invocation.path("lock"),
    }


def mode_of(invocation: Invocation) -> str:
    """The name of a `SyncMode`."""
    if invocation.on("check"):
        return "check"
    return "dry-run" if invocation.on("dry_run") else "apply"
