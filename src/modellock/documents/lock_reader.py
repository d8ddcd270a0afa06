"""models.lock read: text in, values out, and everything checked that the text alone can tell."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from modellock.documents.conflicts import conflict_marker
from modellock.documents.keys import (
    COPIED_KEYS,
    IDENTITY_KEYS,
    LOCKED_KEYS,
    REQUESTED_KEYS,
    Requested,
    requested_from,
)
from modellock.documents.lock_checks import check_model, check_requirers
from modellock.documents.lock_lines import load_lock
from modellock.documents.lockfile import (
    FILE_NAME,
    FIRST_USE,
    VERSION,
    Lock,
    LockedFile,
    LockedModel,
)
from modellock.documents.mirrors import check_mirrors
from modellock.documents.model_tables import (
    check_kinds,
    copied_fields,
    read_origin,
    repository_type,
    requested_values,
)
from modellock.documents.placements import check_placements
from modellock.documents.project_settings import SETTINGS_KEYS, parse_settings
from modellock.documents.toml_text import load_toml
from modellock.errors import ConflictMarkersError, LockfileError, NewerLockError
from modellock.values.digest import Digest
from modellock.values.origins import Kind, parse_ref
from modellock.values.paths import parse_model_name, parse_path
from modellock.values.tables import Table, TableError, line_of

_KINDS_OF = {**{key.name: key.kinds for key in IDENTITY_KEYS + COPIED_KEYS}, **LOCKED_KEYS}
_MODEL_KEYS = frozenset([*Kind, *_KINDS_OF])
_REQUESTED_KINDS = {key.name: key.kinds for key in REQUESTED_KEYS}
_FILE_KEYS = frozenset(["path", "size", "sha256", "asset-id"])
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# PEP 440, appendix B, with numbers that `int` takes.
_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_VERSION = re.compile(
    rf"(?:{_NUMBER}!)?{_NUMBER}(?:\.{_NUMBER}){{0,20}}(?:(?:a|b|rc){_NUMBER})?"
    rf"(?:\.post{_NUMBER})?(?:\.dev{_NUMBER})?(?:\+[0-9a-z.]{{1,100}})?"
)
_LARGEST_SIZE = 2**63 - 1
_EDITED = "if models.lock was edited by hand, restore it: `git checkout models.lock`"


def parse_lock(text: str) -> Lock:
    """Read models.lock, checking all that its text can tell.

    Raises ConflictMarkersError, NewerLockError, or LockfileError with the dotted key and its line.
    """
    line = conflict_marker(text)
    if line is not None:
        raise ConflictMarkersError(
            f"{FILE_NAME}:{line}: conflict markers of an unfinished merge",
            hint="run `modellock lock`, which resolves them",
        )
    try:
        return _lock(Table(load_lock(text)))
    except TableError as error:
        at = line_of(text, error.keys)
        place = FILE_NAME if at is None else f"{FILE_NAME}:{at}"
        raise LockfileError(f"{place}: {error}", hint=_EDITED) from error


def read_version(text: str) -> tuple[int, int]:
    """The lock-version of a text whose models need not be whole. Raises LockfileError."""
    try:
        # The newline that a `\r` of git's `core.autocrlf` must not be parted from.
        return _version(Table(load_toml(text.partition("\n[")[0] + "\n")))
    except TableError as error:
        raise LockfileError(f"{FILE_NAME}: {error}", hint=_EDITED) from error


def _lock(top: Table) -> Lock:
    version = _version(top)
    strict = version <= VERSION
    top = _known(top, ("lock-version", "settings", "models"), strict=strict)
    settings = parse_settings(_known(top.table("settings"), SETTINGS_KEYS, strict=strict))
    models = top.table("models")
    locked = {
        name: read_model(models.table(name), name, strict=strict) for name in sorted(models.content)
    }
    check_requirers(models, locked)
    check_placements(models, settings, locked)
    for model in locked.values():
        check_mirrors(top.table("settings"), settings.mirrors, model)
    return Lock(version=version, settings=settings, models=locked)


def _known(table: Table, keys: Collection[str], *, strict: bool) -> Table:
    # A lock of a newer minor version may have keys of which this modellock need not know.
    if strict:
        table.refuse_unknown(keys)
        return table
    return Table({key: table.content[key] for key in keys if key in table}, table.keys)


def _version(top: Table) -> tuple[int, int]:
    text = top.required_string("lock-version")
    found = re.fullmatch(r"([0-9]{1,4})\.([0-9]{1,4})", text)
    if found is None:
        raise top.fail(f"is not a version such as `1.0`: {text!r}", "lock-version")
    version = (int(found[1]), int(found[2]))
    if version[0] > VERSION[0]:
        raise NewerLockError(
            f"{FILE_NAME}: was written by a newer modellock: "
            f"expected lock-version 1.x, received {text}",
            hint="upgrade modellock with `pip install --upgrade models-lock`",
        )
    if version[0] < VERSION[0]:
        raise top.fail(f"is not a version modellock ever wrote: {text!r}", "lock-version")
    return version


def read_model(table: Table, name: str, *, strict: bool = True) -> LockedModel:
    """Read one `[models.NAME]`; TableError with the dotted key."""
    table = _known(table, _MODEL_KEYS, strict=strict)
    kind, origin = _origin(table)
    check_kinds(table, kind, _KINDS_OF)
    model = LockedModel(
        name=name,
        kind=kind,
        origin=origin,
        source=table.parsed("source", parse_model_name),
        type=repository_type(table),
        repo_id=table.integer("repo-id") if kind is Kind.GITHUB else table.string("repo-id"),
        requested=_requested(table, kind, strict=strict),
        required_by=table.strings("required-by") or (),
        version=table.parsed("version", _chosen_version),
        tag=table.parsed("tag", parse_ref),
        revision=table.parsed("revision", parse_ref),
        commit=table.parsed("commit", _object_id),
        committed=_time(table, "committed"),
        published=_time(table, "published"),
        url=None if kind is Kind.URL else table.string("url"),
        trust=table.parsed("trust", _trust),
        gated=table.boolean("gated", default=False),
        size=_required_size(table),
        tree=table.check("tree", Digest.parse, table.required_string("tree")),
        archives=_files(table, "archives", strict=strict),
        files=_files(table, "files", strict=strict),
        **copied_fields(table),
    )
    check_model(table, model)
    return model


def _origin(table: Table) -> tuple[Kind, str]:
    # `url` is the origin of a `url` model, and beside another origin it says where its files lie.
    kinds = [kind for kind in (Kind.HUB, Kind.GITHUB, Kind.LOCAL) if kind in table]
    if kinds:
        content = {key: value for key, value in table.content.items() if key != Kind.URL}
        return read_origin(Table(content, table.keys))
    return read_origin(table)


def _requested(table: Table, kind: Kind, *, strict: bool) -> Requested:
    requested = _known(table.table("requested"), _REQUESTED_KINDS, strict=strict)
    check_kinds(requested, kind, _REQUESTED_KINDS)
    return requested_from(requested_values(requested))


def _files(table: Table, key: str, *, strict: bool) -> tuple[LockedFile, ...]:
    entries = table.content.get(key, [])
    if not isinstance(entries, list):
        raise table.fail("is not an array of tables", key)
    files = []
    for position, entry in enumerate(entries):
        try:
            files.append(_file(entry, strict=strict))
        except (ValueError, TypeError, KeyError, AttributeError):
            # Told in words only now: ten thousand good entries pass without a Table of their own.
            files.append(_file_in_words(table.tables(key)[position], strict=strict))
    return tuple(sorted(files, key=lambda file: file.path))


def _file(entry: dict[str, Any], *, strict: bool) -> LockedFile:
    size, asset_id = entry["size"], entry.get("asset-id")
    if strict and not entry.keys() <= _FILE_KEYS:
        raise ValueError
    if type(size) is not int or not 0 <= size <= _LARGEST_SIZE:
        raise ValueError
    if asset_id is not None and (type(asset_id) is not int or not 0 <= asset_id <= _LARGEST_SIZE):
        raise ValueError
    return LockedFile(parse_path(entry["path"]), size, Digest("sha256", entry["sha256"]), asset_id)


def _file_in_words(entry: Table, *, strict: bool) -> LockedFile:
    if strict:
        entry.refuse_unknown(_FILE_KEYS)
    return LockedFile(
        entry.check("path", parse_path, entry.required_string("path")),
        _required_size(entry),
        entry.check("sha256", _sha256, entry.required_string("sha256")),
        entry.integer("asset-id"),
    )


def _sha256(text: str) -> Digest:
    return Digest("sha256", text)


def _required_size(table: Table) -> int:
    size = table.integer("size")
    if size is None:
        raise table.fail("is missing", "size")
    return size


def _time(table: Table, key: str) -> datetime | None:
    value = table.content.get(key)
    if value is None:
        return None
    if not isinstance(value, datetime) or value.utcoffset() != timedelta() or value.microsecond:
        raise table.fail("is not a time such as `2026-02-01T09:00:00Z`", key)
    return value.replace(tzinfo=UTC)


def _object_id(text: str) -> str:
    if not _OBJECT_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a git object id")
    return text


def _chosen_version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError(f"{text!r} is not a version such as `1.4.2`")
    return text


def _trust(text: str) -> str:
    if text != FIRST_USE:
        raise ValueError(f"{text!r} is not `{FIRST_USE}`")
    return text
