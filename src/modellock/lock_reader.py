"""models.lock read: text in, values out, and everything checked that the text alone can tell."""

import re
import tomllib
from datetime import UTC, datetime
from typing import Any

from modellock.conflicts import conflict_marker
from modellock.digest import Digest
from modellock.errors import ConflictMarkersError, LockfileError, NewerLockError
from modellock.keys import COPIED_KEYS, IDENTITY_KEYS, REQUESTED_KEYS, requested_from
from modellock.lockfile import (
    FILE_NAME,
    FIRST_USE,
    VERSION,
    Lock,
    LockedFile,
    LockedModel,
    files_path,
    named_endpoint,
    placed_path,
    tree_of,
)
from modellock.manifest import (
    check_kinds,
    copied_fields,
    read_origin,
    repository_type,
    requested_values,
)
from modellock.origins import CANONICAL_GITHUB_SERVER, CANONICAL_HUB, Kind, parse_endpoint
from modellock.paths import check_together, parse_locked_name, parse_path
from modellock.placements import check_placements
from modellock.project_settings import parse_settings
from modellock.tables import Table, TableError, line_of

_OWN_KEYS = (
    "repo-id", "requested", "required-by", "version", "tag", "revision", "commit", "committed",
    "published", "url", "trust", "gated", "size", "tree", "archives", "files",
)  # fmt: skip
_MODEL_KEYS = frozenset([*Kind, *_OWN_KEYS, *(key.name for key in IDENTITY_KEYS + COPIED_KEYS)])
_REQUESTED_NAMES = frozenset(key.name for key in REQUESTED_KEYS)
_FILE_KEYS = frozenset(["path", "size", "sha256", "asset-id"])
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_EDITED = "if models.lock was edited by hand, restore it: `git checkout models.lock`"


def parse_lock(text: str) -> Lock:
    """Read models.lock, checking all that its text can tell.

    Raises ConflictMarkersError, NewerLockError, or LockfileError with the dotted key and its line.
    """
    line = conflict_marker(text)
    if line is not None:
        raise ConflictMarkersError(
            f"{FILE_NAME}:{line}: conflict markers of an unfinished merge",
            hint=f"take one side with `git checkout --theirs {FILE_NAME}`, then lock again",
        )
    try:
        return _lock(Table(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise LockfileError(f"{FILE_NAME}: is not TOML: {error}", hint=_EDITED) from error
    except TableError as error:
        at = line_of(text, error.keys)
        place = FILE_NAME if at is None else f"{FILE_NAME}:{at}"
        raise LockfileError(f"{place}: {error}", hint=error.hint or _EDITED) from error


def _lock(top: Table) -> Lock:
    version = _version(top)
    strict = version <= VERSION
    if strict:
        top.refuse_unknown(("lock-version", "settings", "models"))
    settings = parse_settings(top.table("settings"))
    models = top.table("models")
    locked = {
        name: _model(models.table(name), name, strict=strict) for name in sorted(models.content)
    }
    check_placements(models, settings, locked)
    return Lock(version=version, settings=settings, models=locked)


def _version(top: Table) -> tuple[int, int]:
    text = top.required_string("lock-version")
    found = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", text)
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


def _model(table: Table, name: str, *, strict: bool) -> LockedModel:
    try:
        parse_locked_name(name)
    except ValueError as error:
        raise table.fail(f"is refused: {error}") from error
    if strict:
        table.refuse_unknown(_MODEL_KEYS)
    kind, origin = _origin(table)
    requested = table.table("requested")
    requested.refuse_unknown(_REQUESTED_NAMES)
    check_kinds(requested, kind)
    check_kinds(table, kind, besides=_OWN_KEYS)
    files = _files(table, "files", strict=strict)
    model = LockedModel(
        name=name,
        kind=kind,
        origin=origin,
        source=table.string("source"),
        type=repository_type(table),
        repo_id=_repo_id(table, kind),
        requested=requested_from(requested_values(requested)),
        required_by=table.strings("required-by") or (),
        version=table.string("version"),
        tag=table.string("tag"),
        revision=table.string("revision"),
        commit=table.parsed("commit", _object_id),
        committed=_time(table, "committed"),
        published=_time(table, "published"),
        url=None if kind is Kind.URL else table.string("url"),
        trust=table.parsed("trust", _trust),
        gated=table.boolean("gated", default=False),
        size=_required_size(table),
        tree=table.check("tree", Digest.parse, table.required_string("tree")),
        archives=_files(table, "archives", strict=strict),
        files=files,
        **copied_fields(table),
    )
    _check_model(table, model)
    return model


def _origin(table: Table) -> tuple[Kind, str]:
    # `url` is the origin of a `url` model; beside another origin it says where the files lie.
    kinds = [kind for kind in (Kind.HUB, Kind.GITHUB, Kind.LOCAL) if kind in table]
    if kinds:
        content = {key: value for key, value in table.content.items() if key != Kind.URL}
        return read_origin(Table(content, table.keys))
    return read_origin(table)


def _files(table: Table, key: str, *, strict: bool) -> tuple[LockedFile, ...]:
    files = []
    for position, entry in enumerate(table.content.get(key, ())):
        try:
            files.append(_file(entry, strict=strict))
        except (ValueError, TypeError, KeyError, AttributeError):
            # Told in words only now: ten thousand good entries pass without a Table of their own.
            raise _file_fault(table, key, position, strict=strict) from None
    return tuple(sorted(files, key=lambda file: file.path))


def _file(entry: dict[str, Any], *, strict: bool) -> LockedFile:
    size, asset_id = entry["size"], entry.get("asset-id")
    if (strict and not entry.keys() <= _FILE_KEYS) or type(size) is not int or size < 0:
        raise ValueError
    if asset_id is not None and type(asset_id) is not int:
        raise ValueError
    return LockedFile(parse_path(entry["path"]), size, Digest("sha256", entry["sha256"]), asset_id)


def _file_fault(table: Table, key: str, position: int, *, strict: bool) -> TableError:
    try:
        entry = table.tables(key)[position]
        if strict:
            entry.refuse_unknown(_FILE_KEYS)
        entry.check("path", parse_path, entry.required_string("path"))
        entry.check(
            "sha256", lambda value: Digest("sha256", value), entry.required_string("sha256")
        )
        _required_size(entry)
        entry.integer("asset-id")
    except TableError as error:
        return error
    return table.fail("is not a file entry", f"{key}[{position}]")


def _required_size(table: Table) -> int:
    size = table.integer("size")
    if size is None:
        raise table.fail("is missing", "size")
    return size


def _repo_id(table: Table, kind: Kind) -> str | int | None:
    if kind is Kind.GITHUB:
        return table.integer("repo-id")
    return table.string("repo-id")


def _time(table: Table, key: str) -> datetime | None:
    value = table.content.get(key)
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise table.fail("is not a time such as `2026-02-01T09:00:00Z`", key)
    return value.astimezone(UTC)


def _object_id(text: str) -> str:
    if not _OBJECT_ID.fullmatch(text):
        raise ValueError(f"{text!r} is not a git object id")
    return text


def _trust(text: str) -> str:
    if text != FIRST_USE:
        raise ValueError(f"{text!r} is not `{FIRST_USE}`")
    return text


def _check_model(table: Table, model: LockedModel) -> None:
    if not model.files:
        raise table.fail("is empty: a locked model has files", "files")
    for key, files in (("files", model.files), ("archives", model.archives)):
        table.check(key, check_together, [file.path for file in files])
    table.check("rename", check_together, [placed_path(model, file) for file in model.files])
    if "/" in model.name and not model.required_by:
        raise table.fail("has the name of a closure model, and no `required-by`")
    for requirer in model.required_by:
        table.check("required-by", parse_locked_name, requirer)
    _check_url(table, model)
    expected = sum(file.size for file in model.files)
    if model.size != expected:
        raise table.fail(
            f"does not match the files: expected {expected}, received {model.size}", "size"
        )
    tree = tree_of(model.files)
    if model.tree != tree:
        raise table.fail(
            f"does not match the files: expected {tree}, received {model.tree}", "tree"
        )


def _check_url(table: Table, model: LockedModel) -> None:
    if model.kind is Kind.HUB and model.commit is None:
        raise table.fail("is missing", "commit")
    if model.kind is Kind.GITHUB and model.tag is None:
        raise table.fail("is missing", "tag")
    path = files_path(model)
    if path is None:
        if model.url is not None:
            raise table.fail(f"is not a key of `{model.kind}` models", "url")
        return
    canonical = CANONICAL_HUB if model.kind is Kind.HUB else CANONICAL_GITHUB_SERVER
    if model.source is None:
        if model.url != canonical + path:
            raise table.fail(
                f"is not where this model's files lie: "
                f"expected {canonical + path!r}, received {model.url!r}",
                "url",
            )
        return
    if model.url is None or not model.url.endswith(path):
        raise table.fail(
            f"is not where this model's files lie: expected …{path!r}, received {model.url!r}",
            "url",
        )
    table.check("url", parse_endpoint, named_endpoint(model))
