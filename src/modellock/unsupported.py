"""What the formats specify and this version does not do yet: refused, never ignored."""

from collections.abc import Iterator

from modellock.errors import UnsupportedError
from modellock.lockfile import Lock, LockedModel
from modellock.manifest import Manifest, Spec
from modellock.placements import layout_of
from modellock.project_settings import Layout, ProjectSettings
from modellock.tables import dotted


def refuse_unsupported_manifest(manifest: Manifest) -> None:
    """Raise UnsupportedError for the first key of models.toml that is not supported yet."""
    for keys in _of_manifest(manifest):
        raise UnsupportedError(f"models.toml: {dotted(keys)} is not supported yet")


def refuse_unsupported_lock(lock: Lock) -> None:
    """Raise UnsupportedError for the first key of models.lock that is not supported yet."""
    for keys in _of_lock(lock):
        raise UnsupportedError(
            f"models.lock: {dotted(keys)} is not supported yet",
            hint="upgrade modellock with `pip install --upgrade models-lock`",
        )


def _of_manifest(manifest: Manifest) -> Iterator[tuple[str, ...]]:
    if manifest.policy is not None:
        yield ("policy",)
    yield from _of_settings(manifest.settings)
    for spec in manifest.specs.values():
        for key in _of_model(spec, manifest.settings):
            yield ("models", spec.name, key)
        for key in ("unpack", "strip-components", "join"):
            if dict(spec.requested).get(key):
                yield ("models", spec.name, key)


def _of_lock(lock: Lock) -> Iterator[tuple[str, ...]]:
    yield from _of_settings(lock.settings)
    for model in lock.models.values():
        if model.is_declared:
            for key in _of_model(model, lock.settings):
                yield ("models", model.name, key)
        if model.archives:
            yield ("models", model.name, "archives")


def _of_settings(settings: ProjectSettings) -> Iterator[tuple[str, ...]]:
    for key in ("mirrors", "adopt"):
        if getattr(settings, key.replace("-", "_")):
            yield ("settings", key)


def _of_model(model: Spec | LockedModel, settings: ProjectSettings) -> Iterator[str]:
    if model.mirrors:
        yield "mirrors"
    if layout_of(model, settings) is Layout.HF_CACHE:
        yield "layout"
