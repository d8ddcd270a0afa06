"""models.toml: what a project wants, within which bounds. Text in, values out."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from modellock.conflicts import conflict_marker
from modellock.errors import ConflictMarkersError, ManifestError
from modellock.keys import MODEL_KEYS, REQUESTED_KEYS, Mirror, Requested, Value, requested_from
from modellock.origins import Kind, filename_of, parse_endpoint, parse_origin
from modellock.paths import check_together, parse_model_name, parse_path
from modellock.placements import check_placements
from modellock.policy import Policy, parse_policy
from modellock.project_settings import (
    Layout,
    ProjectSettings,
    parse_layout,
    parse_mirrors,
    parse_settings,
)
from modellock.tables import Table, TableError, line_of
from modellock.versions import check_bounds, check_marker

FILE_NAME = "models.toml"
_TOP_KEYS = ("requires-modellock", "settings", "sources", "policy", "models")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSource:
    """One `[sources.NAME]`: another Hub, or a GitHub Enterprise server."""

    kind: Kind
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What one `[models.NAME]` asks for."""

    name: str
    kind: Kind
    origin: str
    source: str | None = None
    type: str = "model"
    revision: str | None = None
    """As written; a Hub spec without `version` and `revision` means `main`."""

    tag: str | None = None
    version: str | None = None
    tag_prefix: str = ""
    prereleases: bool = False
    sha256: str | None = None
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    formats: tuple[str, ...] | None = None
    unpack: bool = False
    strip_components: int = 0
    join: bool = False
    license: str | None = None
    groups: tuple[str, ...] = ()
    marker: str | None = None
    path: str | None = None
    layout: Layout | None = None
    """None where the settings' layout holds."""

    filename: str | None = None
    rename: tuple[tuple[str, str], ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    closure: bool = True
    hold: bool = False
    requested: Requested = ()
    """The keys that resolve or select, as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The whole of models.toml."""

    requires: str | None = None
    """The versions of modellock that can read it."""

    settings: ProjectSettings
    sources: Mapping[str, NamedSource]
    policy: Policy | None
    specs: Mapping[str, Spec]
    """By name, in the order written."""


def parse_manifest(text: str) -> Manifest:
    """Read models.toml. Raises ManifestError with the dotted key, and the line where known."""
    line = conflict_marker(text)
    if line is not None:
        raise ConflictMarkersError(
            f"{FILE_NAME}:{line}: conflict markers of an unfinished merge",
            hint=f"resolve the conflict in {FILE_NAME} by hand, then run `modellock lock`",
        )
    try:
        return _manifest(Table(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{FILE_NAME}: is not TOML: {error}") from error
    except TableError as error:
        line = line_of(text, error.keys)
        place = FILE_NAME if line is None else f"{FILE_NAME}:{line}"
        raise ManifestError(f"{place}: {error}", hint=error.hint) from error


def _manifest(top: Table) -> Manifest:
    top.refuse_unknown(_TOP_KEYS)
    settings = parse_settings(top.table("settings"))
    sources = {
        name: _source(top.table("sources").table(name)) for name in top.table("sources").content
    }
    models = top.table("models")
    specs = {name: parse_spec(models.table(name), name) for name in models.content}
    for spec in specs.values():
        _check_source(models.table(spec.name), spec, sources)
    check_placements(models, settings, specs)
    return Manifest(
        requires=top.parsed("requires-modellock", check_bounds),
        settings=settings,
        sources=sources,
        policy=parse_policy(top.table("policy")) if "policy" in top else None,
        specs=specs,
    )


def _source(table: Table) -> NamedSource:
    table.refuse_unknown(("type", "endpoint"))
    kind = table.required_string("type")
    if kind not in (Kind.HUB, Kind.GITHUB):
        raise table.fail(f"is refused: {kind!r} is not `hub` or `github`", "type")
    table.required_string("endpoint")
    endpoint = table.parsed("endpoint", parse_endpoint)
    assert endpoint is not None  # noqa: S101 - required above
    return NamedSource(kind=Kind(kind), endpoint=endpoint)


def parse_spec(table: Table, name: str) -> Spec:
    """Read one `[models.NAME]`; TableError with the dotted key."""
    try:
        parse_model_name(name)
    except ValueError as error:
        raise table.fail(f"is refused: {error}") from error
    table.refuse_unknown([*Kind, *(key.name for key in MODEL_KEYS)])
    kind, origin = read_origin(table)
    check_kinds(table, kind)
    _check_exclusive(table)
    written = requested_values(table)
    fields: dict[str, Any] = {
        key.field: written[key.name] for key in REQUESTED_KEYS if key.name in written
    }
    spec = Spec(
        name=name,
        kind=kind,
        origin=origin,
        source=table.string("source"),
        type=repository_type(table),
        requested=requested_from(written),
        **fields,
        **copied_fields(table),
    )
    _check_spec(table, spec)
    return spec


def read_origin(table: Table) -> tuple[Kind, str]:
    """Read the one origin that a model has."""
    kinds = [kind for kind in Kind if kind in table]
    if len(kinds) > 1:
        raise table.fail(
            f"has two origins: `{kinds[0]}` and `{kinds[1]}`", kinds[1], hint="keep one of them"
        )
    if not kinds:
        raise table.fail("has no origin: `hub`, `github`, `url` or `local`")
    text = table.required_string(kinds[0])
    return kinds[0], table.check(kinds[0], lambda value: parse_origin(kinds[0], value), text)


def check_kinds(table: Table, kind: Kind, *, besides: Collection[str] = ()) -> None:
    """Refuse keys that this kind of origin does not take, `besides` those of another meaning."""
    for key in MODEL_KEYS:
        if key.name in table and kind not in key.kinds and key.name not in besides:
            takers = " and ".join(f"`{other}`" for other in Kind if other in key.kinds)
            raise table.fail(f"is a key of {takers} models, and this is a `{kind}` model", key.name)


def _check_exclusive(table: Table) -> None:
    for one, others in (
        ("version", ("revision", "tag")),
        ("formats", ("include",)),
        ("tag", ("prereleases",)),
    ):
        for other in others:
            if one in table and other in table:
                raise table.fail(f"excludes `{other}`: write one of them", one)


def requested_values(table: Table) -> dict[str, Value]:
    """Read the keys that `requested` repeats, those that are written."""
    values: dict[str, Value | None] = {
        "revision": table.string("revision"),
        "tag": table.string("tag"),
        "version": table.parsed("version", check_bounds),
        "tag-prefix": table.content.get("tag-prefix") and table.string("tag-prefix"),
        "prereleases": table.boolean("prereleases", default=False),
        "sha256": table.parsed("sha256", _sha256),
        "include": table.strings("include"),
        "exclude": table.strings("exclude"),
        "formats": table.strings("formats"),
        "unpack": table.boolean("unpack", default=False),
        "strip-components": table.integer("strip-components"),
        "join": table.boolean("join", default=False),
    }
    written = {key: value for key, value in values.items() if key in table and value is not None}
    for key in ("include", "formats"):
        if written.get(key) == ():
            raise table.fail("is empty: it would select nothing", key)
    return written


def copied_fields(table: Table) -> dict[str, Any]:
    """Read the keys that stand under one name in models.toml and models.lock."""
    groups = table.strings("groups") or ()
    for position, group in enumerate(groups):
        table.check(f"groups[{position}]", parse_model_name, group)
    return {
        "license": table.string("license"),
        "groups": groups,
        "marker": table.parsed("marker", check_marker),
        "path": table.parsed("path", parse_path),
        "layout": table.parsed("layout", parse_layout),
        "filename": table.parsed("filename", _filename),
        "rename": _rename(table),
        "mirrors": parse_mirrors(table),
        "closure": table.boolean("closure", default=True),
        "hold": table.boolean("hold", default=False),
    }


def _rename(table: Table) -> tuple[tuple[str, str], ...]:
    renames = table.table("rename")
    pairs = tuple((old, renames.required_string(old)) for old in sorted(renames.content))
    for old, new in pairs:
        renames.check(old, parse_path, old)
        renames.check(old, parse_path, new)
    table.check("rename", check_together, [new for _, new in pairs])
    return pairs


def repository_type(table: Table) -> str:
    """Read `type`, the kind of a Hub repository."""
    kind = table.string("type") or "model"
    if kind not in ("model", "dataset"):
        raise table.fail(f"is refused: {kind!r} is not `model` or `dataset`", "type")
    return kind


def _filename(text: str) -> str:
    if "/" in text:
        raise ValueError(f"{text!r} is not a file's name: it has a `/`")
    return parse_path(text)


def _sha256(text: str) -> str:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ValueError(f"{text!r} is not 64 lower-case hex digits")
    return text


def _check_spec(table: Table, spec: Spec) -> None:
    if spec.layout is Layout.HF_CACHE and spec.kind is not Kind.HUB:
        raise table.fail(
            f"is refused: `hf-cache` is a layout of Hub models, and this is a `{spec.kind}` model",
            "layout",
        )
    if spec.rename and spec.layout is Layout.HF_CACHE:
        raise table.fail("is a key of layout `plain`", "rename")
    if spec.kind is Kind.URL:
        table.check("url", _filename, spec.filename or filename_of(spec.origin))


def _check_source(table: Table, spec: Spec, sources: Mapping[str, NamedSource]) -> None:
    if spec.source is None:
        return
    source = sources.get(spec.source)
    if source is None:
        raise table.fail(f"is refused: there is no `[sources.{spec.source}]`", "source")
    if source.kind is not spec.kind:
        raise table.fail(f"is refused: `{spec.source}` is a `{source.kind}` source", "source")
