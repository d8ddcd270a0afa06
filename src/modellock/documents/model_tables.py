"""The keys of a model that models.toml and models.lock write alike, read from either."""

from collections.abc import Mapping
from typing import Any

from modellock.documents.keys import Value
from modellock.documents.mirrors import parse_mirrors, parse_repository_type
from modellock.documents.project_settings import parse_groups, parse_layout
from modellock.values.origins import Kind, parse_origin, parse_ref
from modellock.values.paths import check_together, parse_path
from modellock.values.tables import Table
from modellock.values.versions import check_bounds, check_marker

_ALL_KINDS = frozenset(Kind)


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


def check_kinds(table: Table, kind: Kind, kinds_of: Mapping[str, frozenset[Kind]]) -> None:
    """Refuse keys that this kind of origin does not take."""
    for key in table.content:
        kinds = kinds_of.get(key, _ALL_KINDS)
        if kind not in kinds:
            takers = " and ".join(f"`{other}`" for other in Kind if other in kinds)
            raise table.fail(f"is a key of {takers} models, and this is a `{kind}` model", key)


def requested_values(table: Table) -> dict[str, Value]:
    """Read the keys that `requested` repeats, those that are written."""
    values: dict[str, Value | None] = {
        "revision": table.parsed("revision", parse_ref),
        "tag": table.parsed("tag", parse_ref),
        "version": table.parsed("version", check_bounds),
        "tag-prefix": _tag_prefix(table),
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


def _tag_prefix(table: Table) -> str | None:
    if table.content.get("tag-prefix") == "":
        return ""
    return table.parsed("tag-prefix", lambda text: parse_ref(f"{text}0") and text)


def copied_fields(table: Table) -> dict[str, Any]:
    """Read the keys that stand under one name in models.toml and models.lock."""
    return {
        "license": table.string("license"),
        "groups": parse_groups(table, "groups") or (),
        "marker": table.parsed(
            "marker", check_marker, hint="write it like `sys_platform == 'linux'`"
        ),
        "path": table.parsed("path", parse_path),
        "layout": table.parsed("layout", parse_layout),
        "filename": table.parsed("filename", parse_filename),
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
    return table.parsed("type", parse_repository_type) or "model"


def parse_filename(text: str) -> str:
    """Return the name of a file in no directory; ValueError when it is not one."""
    if "/" in text:
        raise ValueError(f"{text!r} is not a file's name: it has a `/`")
    return parse_path(text)


def _sha256(text: str) -> str:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ValueError(f"{text!r} is not 64 lower-case hex digits")
    return text
