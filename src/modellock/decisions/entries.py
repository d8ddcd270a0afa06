"""What `add` writes for a pasted origin, given what models.toml has already."""

from collections.abc import Mapping
from dataclasses import dataclass

from modellock.documents.keys import MODEL_KEYS, Value
from modellock.documents.manifest import Manifest, Spec
from modellock.documents.pasted import Pasted, name_for
from modellock.errors import UsageError
from modellock.values.origins import Kind
from modellock.values.paths import parse_model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What flags say of an entry, beside its origin."""

    name: str | None = None
    """In place of the derived one."""

    groups: tuple[str, ...] = ()
    version: str | None = None
    include: tuple[str, ...] = ()
    """Besides the file that a URL names."""

    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One `[models.NAME]`."""

    name: str
    keys: Mapping[str, Value]
    """As written, the origin first, the others in the order of the reference."""

    is_new: bool
    """False where models.toml says all of it already."""


def entry_for(pasted: Pasted, manifest: Manifest, wish: Wish) -> Entry:
    """The entry that a pasted origin asks for, or the one that says the same already.

    Raises UsageError where flags contradict the origin, where no name can be derived, and where
    another model has the name.
    """
    keys = _keys(pasted, wish)
    for spec in manifest.specs.values():
        if wish.name in (None, spec.name) and not _unsaid(spec, keys):
            return Entry(name=spec.name, keys=keys, is_new=False)
    name = _name(pasted, wish)
    if name in manifest.specs:
        raise _taken(manifest.specs[name], pasted, keys)
    return Entry(name=name, keys=keys, is_new=True)


def _keys(pasted: Pasted, wish: Wish) -> dict[str, Value]:
    keys = dict(pasted.keys)
    if wish.version is not None:
        for key in ("version", "revision", "tag"):
            if key in keys:
                raise UsageError(
                    f"`--version` excludes the {key} `{keys[key]}` of {pasted.origin}",
                    hint=f"leave `--version` out, or name {pasted.origin} alone",
                )
        keys["version"] = wish.version
    if wish.include:
        of_page = keys.get("include", ())
        keys["include"] = (*(of_page if isinstance(of_page, tuple) else ()), *wish.include)
    if wish.groups:
        keys["groups"] = wish.groups
    if wish.path is not None:
        keys["path"] = wish.path
    ordered = {key.name: keys[key.name] for key in MODEL_KEYS if key.name in keys}
    return {pasted.kind.value: pasted.origin, **ordered}


def _unsaid(spec: Spec, keys: Mapping[str, Value]) -> list[str]:
    """The keys that a spec does not have with the same value; its origin first."""
    said = {spec.kind.value: spec.origin}
    # These two are the origin's, so a spec that has one says more than an entry without.
    wanted: dict[str, Value | None] = {"source": None, "type": "model", **keys}
    return [
        key
        for key, value in wanted.items()
        if (said.get(key) if key in list(Kind) else getattr(spec, key.replace("-", "_"))) != value
    ]


def _name(pasted: Pasted, wish: Wish) -> str:
    try:
        if wish.name is not None:
            return parse_model_name(wish.name)
        return name_for(pasted.kind, pasted.origin)
    except ValueError as error:
        hint = None if wish.name else "name it with `--name NAME`"
        raise UsageError(f"{pasted.origin}: {error}", hint=hint) from error


def _taken(spec: Spec, pasted: Pasted, keys: Mapping[str, Value]) -> UsageError:
    unsaid = _unsaid(spec, keys)
    if pasted.kind.value in unsaid or "source" in unsaid or "type" in unsaid:
        return UsageError(
            f"{spec.name!r} is another model in models.toml: {spec.kind} {spec.origin}",
            hint="`--name NAME` gives it another name",
            model=spec.name,
        )
    return UsageError(
        f"{spec.name!r} is in models.toml already, and differs in {', '.join(unsaid)}",
        hint=f"edit [models.{spec.name}], or add a second entry with `--name NAME`",
        model=spec.name,
    )
