"""A lockfile for model files: declare, lock, sync, verified and fetched once.

    import modellock

    modellock.sync(groups=["text"])
    modellock.path("minilm")

Nothing is loaded before it is used: importing modellock costs a program a few milliseconds. Nothing
is ever printed, logged or asked of a person, and no signal handler, no variable of the environment
and nothing else of the process is changed.
"""

from modellock._version import __version__

# What type checkers take for true; `typing`, which has the real one, would double the time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from modellock import errors
    from modellock.api.following import Cancel, FileProgress, Phase, Progress
    from modellock.api.locking import lock, update
    from modellock.api.looking import env, status, verify
    from modellock.api.placed import path
    from modellock.api.syncing import sync
    from modellock.decisions.plan import (
        Action,
        Condition,
        Found,
        ModelPlan,
        Plan,
        Shows,
        Step,
    )
    from modellock.decisions.selection import LeftOut
    from modellock.decisions.space import Disk, Peak, Space
    from modellock.documents.lockfile import LockedFile, LockedModel
    from modellock.documents.project_settings import Layout, LinkMode
    from modellock.values.digest import Digest
    from modellock.values.origins import Kind
    from modellock.verbs.adopt_result import AdoptedFrom, Fate
    from modellock.verbs.lock_before import Merged
    from modellock.verbs.lock_result import LockResult, ModelChange, Movement
    from modellock.verbs.status import ModelStatus, StatusResult
    from modellock.verbs.sync_result import SyncMode, SyncResult
    from modellock.verbs.verify_result import Fault, Trouble, VerifyResult
else:

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name == "errors":
            return import_module("modellock.errors")
        for module, names in _HOMES:
            if name in names:
                return getattr(import_module(f"modellock.{module}"), name)
        raise AttributeError(f"module 'modellock' has no attribute {name!r}")


_HOMES = (
    ("api.placed", ("path",)),
    ("api.syncing", ("sync",)),
    ("api.locking", ("lock", "update")),
    ("api.looking", ("env", "status", "verify")),
    ("api.following", ("Cancel", "FileProgress", "Phase", "Progress")),
    ("decisions.plan", ("Action", "Condition", "Found", "ModelPlan", "Plan", "Shows", "Step")),
    ("decisions.selection", ("LeftOut",)),
    ("decisions.space", ("Disk", "Peak", "Space")),
    ("documents.lockfile", ("LockedFile", "LockedModel")),
    ("documents.project_settings", ("Layout", "LinkMode")),
    ("values.digest", ("Digest",)),
    ("values.origins", ("Kind",)),
    ("verbs.adopt_result", ("AdoptedFrom", "Fate")),
    ("verbs.lock_before", ("Merged",)),
    ("verbs.lock_result", ("LockResult", "ModelChange", "Movement")),
    ("verbs.status", ("ModelStatus", "StatusResult")),
    ("verbs.sync_result", ("SyncMode", "SyncResult")),
    ("verbs.verify_result", ("Fault", "Trouble", "VerifyResult")),
)
"""Which module each public name is loaded from; the first use of one loads that module."""

__all__ = [
    "Action",
    "AdoptedFrom",
    "Cancel",
    "Condition",
    "Digest",
    "Disk",
    "Fate",
    "Fault",
    "FileProgress",
    "Found",
    "Kind",
    "Layout",
    "LeftOut",
    "LinkMode",
    "LockResult",
    "LockedFile",
    "LockedModel",
    "Merged",
    "ModelChange",
    "ModelPlan",
    "ModelStatus",
    "Movement",
    "Peak",
    "Phase",
    "Plan",
    "Progress",
    "Shows",
    "Space",
    "StatusResult",
    "Step",
    "SyncMode",
    "SyncResult",
    "Trouble",
    "VerifyResult",
    "__version__",
    "env",
    "errors",
    "lock",
    "path",
    "status",
    "sync",
    "update",
    "verify",
]


def __dir__() -> list[str]:
    return __all__
