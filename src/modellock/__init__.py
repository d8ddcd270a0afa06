"""A lockfile for model files: declare, lock, sync, verified and fetched once.

    import modellock

    modellock.sync(groups=["text"])
    modellock.path("minilm")

Nothing is loaded before it is used: importing modellock costs a program a few milliseconds.
"""

from modellock._version import __version__

# What type checkers take for true; `typing`, which has the real one, would double the time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from modellock import errors
    from modellock.api import lock, path, status, sync, verify
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'modellock' has no attribute {name!r}")
        from importlib import import_module

        if name == "errors":
            return import_module("modellock.errors")
        return getattr(import_module("modellock.api"), name)


__all__ = ["__version__", "errors", "lock", "path", "status", "sync", "verify"]


def __dir__() -> list[str]:
    return __all__
