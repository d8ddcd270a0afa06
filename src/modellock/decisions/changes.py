"""What of models.toml models.lock does not hold yet, model by model and key by key."""

from collections.abc import Iterator
from dataclasses import dataclass

from modellock.documents.keys import COPIED_KEYS, IDENTITY_KEYS, REQUESTED_KEYS, OnChange
from modellock.documents.lockfile import Lock, LockedModel, named_endpoint
from modellock.documents.manifest import Manifest, Spec
from modellock.documents.project_settings import SETTINGS_KEYS
from modellock.errors import StaleLockError
from modellock.values.wording import visible

_MEANT_WHEN_UNWRITTEN = {
    "revision": "main",
    "tag-prefix": "",
    "prereleases": False,
    "exclude": (),
    "unpack": False,
    "strip-components": 0,
    "join": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """One key that models.toml and models.lock disagree about; None where it is not written."""

    key: str
    old: object
    """In models.lock."""

    new: object
    """In models.toml."""

    on_change: OnChange

    def __str__(self) -> str:
        return f"{self.key} {_words(self.old)} in models.lock, {_words(self.new)} in models.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One model, or the settings, that models.lock does not hold as models.toml says."""

    name: str
    changes: tuple[KeyChange, ...] = ()
    """Empty where only one of the two files knows the model."""

    only_in: str | None = None

    def __str__(self) -> str:
        if self.only_in is not None:
            other = "models.lock" if self.only_in == "models.toml" else "models.toml"
            return f"{self.name}: not in {other}"
        return f"{self.name}: " + "; ".join(str(change) for change in self.changes)


def differences(manifest: Manifest, lock: Lock) -> tuple[Difference, ...]:
    """Everything by which models.toml has outgrown models.lock; empty when it has not."""
    found = []
    settings = tuple(_settings_changes(manifest, lock))
    if settings:
        found.append(Difference(name="settings", changes=settings))
    for name, spec in manifest.specs.items():
        locked = lock.models.get(name)
        if locked is None or not locked.is_declared:
            found.append(Difference(name=name, only_in="models.toml"))
        elif changes := changes_of(spec, locked, manifest):
            found.append(Difference(name=name, changes=changes))
    found += [
        Difference(name=name, only_in="models.lock")
        for name, model in lock.models.items()
        if name not in manifest.specs and model.is_declared
    ]
    return tuple(sorted(found, key=lambda difference: difference.name))


def refuse_stale(manifest: Manifest, lock: Lock) -> None:
    """Raise StaleLockError, with a line for each model, where models.toml has outgrown the lock."""
    found = differences(manifest, lock)
    if found:
        raise StaleLockError(
            "\n".join(["models.lock does not match models.toml", *(f"  {one}" for one in found)]),
            hint="run `modellock lock` and commit models.lock",
        )


def changes_of(spec: Spec, locked: LockedModel, manifest: Manifest) -> tuple[KeyChange, ...]:
    """The keys by which a spec differs from what was locked for it."""
    return (*_origin_changes(spec, locked, manifest), *_key_changes(spec, locked))


def _origin_changes(spec: Spec, locked: LockedModel, manifest: Manifest) -> Iterator[KeyChange]:
    if (spec.kind, spec.origin) != (locked.kind, locked.origin):
        old = locked.origin if spec.kind is locked.kind else f"{locked.kind} {locked.origin}"
        yield KeyChange(key=spec.kind, old=old, new=spec.origin, on_change=OnChange.RESOLVE)
    for key in IDENTITY_KEYS:
        old, new = getattr(locked, key.field), getattr(spec, key.field)
        if old != new:
            yield KeyChange(key=key.name, old=old, new=new, on_change=key.on_change)
    if spec.source is not None and spec.source == locked.source:
        old, new = named_endpoint(locked), manifest.sources[spec.source].endpoint
        if old != new:
            key_name = f"sources.{spec.source}.endpoint"
            yield KeyChange(key=key_name, old=old, new=new, on_change=OnChange.RESOLVE)


def _key_changes(spec: Spec, locked: LockedModel) -> Iterator[KeyChange]:
    written, before = dict(spec.requested), dict(locked.requested)
    for key in REQUESTED_KEYS:
        old, new = before.get(key.name), written.get(key.name)
        if old != new:
            meant = _MEANT_WHEN_UNWRITTEN.get(key.name)
            same = (meant if old is None else old) == (meant if new is None else new)
            on_change = OnChange.REWRITE if same else key.on_change
            yield KeyChange(key=key.name, old=old, new=new, on_change=on_change)
    for key in COPIED_KEYS:
        old, new = getattr(locked, key.field), getattr(spec, key.field)
        # Without a licence of its own, a spec takes what upstream says, which no file here repeats.
        if old != new and not (key.name == "license" and new is None):
            yield KeyChange(key=key.name, old=old, new=new, on_change=key.on_change)


def _settings_changes(manifest: Manifest, lock: Lock) -> Iterator[KeyChange]:
    for key in SETTINGS_KEYS:
        field = key.replace("-", "_")
        old, new = getattr(lock.settings, field), getattr(manifest.settings, field)
        if old != new:
            yield KeyChange(key=key, old=old, new=new, on_change=OnChange.REWRITE)


def _words(value: object) -> str:
    match value:
        case None | ():
            return "not set"
        case bool():
            return "true" if value else "false"
        case tuple() if isinstance(value[0], tuple) and isinstance(value[0][0], str):
            return "{ " + ", ".join(" = ".join(map(_words, pair)) for pair in value) + " }"
        case tuple():
            return "[" + ", ".join(_words(item) for item in value) + "]"
        case str():
            return f'"{visible(value)}"'
        case _:
            return str(value)
