"""What the formats specify and this version does not do yet: refused, never ignored."""

from collections.abc import Iterator

from modellock.documents.lockfile import FILE_NAME as LOCK_NAME
from modellock.documents.lockfile import Lock
from modellock.documents.manifest import FILE_NAME as MANIFEST_NAME
from modellock.documents.manifest import Manifest
from modellock.documents.policy import Policy, Rule
from modellock.documents.project_settings import ProjectSettings
from modellock.errors import UnsupportedError
from modellock.values.tables import dotted, line_of


def refuse_unsupported_manifest(manifest: Manifest, text: str) -> None:
    """Raise UnsupportedError for the first key of models.toml that is not supported yet.

    Its line is looked up in the manifest's text.
    """
    for keys in _of_manifest(manifest):
        raise UnsupportedError(
            f"{_place(MANIFEST_NAME, text, keys)}: {dotted(keys)} is not supported yet",
            hint="leave it out, or wait for a version of modellock that has it",
        )


def refuse_unsupported_lock(lock: Lock, text: str) -> None:
    """Raise UnsupportedError for the first key of models.lock that is not supported yet.

    Its line is looked up in the lock's text.
    """
    for keys in _of_settings(lock.settings):
        raise UnsupportedError(
            f"{_place(LOCK_NAME, text, keys)}: {dotted(keys)} is not supported yet",
            hint="upgrade modellock with `pip install --upgrade models-lock`",
        )


def _place(name: str, text: str, keys: tuple[str, ...]) -> str:
    line = line_of(text, keys)
    return name if line is None else f"{name}:{line}"


def _of_manifest(manifest: Manifest) -> Iterator[tuple[str, ...]]:
    if manifest.policy is not None:
        yield from _of_policy(manifest.policy)
    yield from _of_settings(manifest.settings)


def _of_policy(policy: Policy) -> Iterator[tuple[str, ...]]:
    for key in ("formats", "licenses", "owners", "remote-code", "max-size", "exceptions"):
        if getattr(policy, key.replace("-", "_")) not in (Rule(), None, ()):
            yield ("policy", key)


def _of_settings(settings: ProjectSettings) -> Iterator[tuple[str, ...]]:
    if settings.adopt:
        yield ("settings", "adopt")
