"""models.toml: what a project wants, within which bounds. Text in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from modellock._version import __version__
from modellock.documents.conflicts import conflict_marker
from modellock.documents.keys import MODEL_KEYS, REQUESTED_KEYS, Mirror, Requested, requested_from
from modellock.documents.model_tables import (
    check_kinds,
    copied_fields,
    parse_filename,
    read_origin,
    repository_type,
    requested_values,
)
from modellock.documents.placements import check_placements
from modellock.documents.policy import Policy, parse_policy
from modellock.documents.project_settings import Layout, ProjectSettings, parse_settings
from modellock.documents.toml_text import load_toml
from modellock.documents.weights import EVERY_FORMAT, FORMATS
from modellock.errors import ConflictMarkersError, ManifestError
from modellock.values.origins import Kind, filename_of, parse_endpoint
from modellock.values.paths import parse_model_name
from modellock.values.tables import Table, TableError, line_of
from modellock.values.versions import admits, check_bounds
from modellock.values.wording import did_you_mean

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
        return _manifest(Table(load_toml(text)))
    except TableError as error:
        line = line_of(text, error.keys)
        place = FILE_NAME if line is None else f"{FILE_NAME}:{line}"
        raise ManifestError(f"{place}: {error}", hint=error.hint) from error


def _manifest(top: Table) -> Manifest:
    # First of all: a manifest for another modellock may hold what this one does not know.
    requires = top.parsed("requires-modellock", check_bounds)
    if requires is not None and not admits(requires, __version__):
        raise top.fail(
            f"expects modellock {requires}, and this is {__version__}",
            "requires-modellock",
            hint="upgrade modellock with `pip install --upgrade models-lock`",
        )
    top.refuse_unknown(_TOP_KEYS)
    settings = parse_settings(top.table("settings"))
    sources = top.table("sources")
    named = {name: _source(sources.table(name), name) for name in sources.content}
    models = top.table("models")
    specs = {name: _spec(models.table(name), name, settings) for name in models.content}
    for spec in specs.values():
        _check_source(models.table(spec.name), spec, named)
    check_placements(models, settings, specs)
    return Manifest(
        requires=requires,
        settings=settings,
        sources=named,
        policy=parse_policy(top.table("policy")) if "policy" in top else None,
        specs=specs,
    )


def _spec(table: Table, name: str, settings: ProjectSettings) -> Spec:
    spec = parse_spec(table, name)
    # models.lock leaves out what has its default, and nothing differs because it was written here.
    return replace(spec, layout=None) if spec.layout is settings.layout else spec


def _source(table: Table, name: str) -> NamedSource:
    _check_name(table, name)
    table.refuse_unknown(("type", "endpoint"))
    kind = table.required_string("type")
    if kind not in (Kind.HUB, Kind.GITHUB):
        raise table.fail(f"is refused: {kind!r} is not `hub` or `github`", "type")
    endpoint = table.check("endpoint", parse_endpoint, table.required_string("endpoint"))
    return NamedSource(kind=Kind(kind), endpoint=endpoint)


def _check_name(table: Table, name: str) -> None:
    try:
        parse_model_name(name)
    except ValueError as error:
        raise table.fail(f"is refused: {error}") from error


def parse_spec(table: Table, name: str) -> Spec:
    """Read one `[models.NAME]`; TableError with the dotted key."""
    _check_name(table, name)
    table.refuse_unknown([*Kind, *(key.name for key in MODEL_KEYS)])
    kind, origin = read_origin(table)
    check_kinds(table, kind, {key.name: key.kinds for key in MODEL_KEYS})
    _check_exclusive(table)
    _check_formats(table)
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


def _check_exclusive(table: Table) -> None:
    for one, others in (
        ("version", ("revision", "tag")),
        ("formats", ("include",)),
        # Of the parts of a file, each has a name and a digest of its own.
        ("join", ("sha256", "filename")),
    ):
        for other in others:
            if table.content.get(one) and other in table:
                raise table.fail(f"excludes `{other}`: write one of them", one)


def _check_formats(table: Table) -> None:
    formats = table.strings("formats") or ()
    if formats == (EVERY_FORMAT,):
        return
    for position, name in enumerate(formats):
        if name not in FORMATS:
            known = ", ".join(f"`{one}`" for one in FORMATS)
            raise table.fail(
                f"is refused: {name!r} is not a weight format: expected {known}, "
                f'or `["{EVERY_FORMAT}"]` for all',
                f"formats[{position}]",
                hint=did_you_mean(name, FORMATS),
            )


def _check_spec(table: Table, spec: Spec) -> None:
    if spec.strip_components and not spec.unpack:
        raise table.fail(
            "is refused: nothing is unpacked", "strip-components", hint="write `unpack = true`"
        )
    if spec.kind is not Kind.URL or spec.filename:
        return
    try:
        parse_filename(filename_of(spec.origin))
    except ValueError as error:
        hint = 'say how the file is called: `filename = "…"`'
        raise table.fail(f"does not name a file: {error}", "url", hint=hint) from error


def _check_source(table: Table, spec: Spec, sources: Mapping[str, NamedSource]) -> None:
    if spec.source is None:
        return
    source = sources.get(spec.source)
    if source is None:
        raise table.fail(f"is refused: there is no `[sources.{spec.source}]`", "source")
    if source.kind is not spec.kind:
        raise table.fail(f"is refused: `{spec.source}` is a `{source.kind}` source", "source")
