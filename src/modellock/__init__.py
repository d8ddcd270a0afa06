"""A lockfile for model files: declare, lock, sync, verified and fetched once."""

from modellock._version import __version__

__all__ = ["__version__"]
