"""What a locked model's parts must agree about, however its text came to be."""

from modellock.documents.keys import LOCKED_KEYS
from modellock.documents.lockfile import (
    LockedModel,
    files_path,
    named_endpoint,
    placed_path,
    tree_of,
)
from modellock.documents.mirrors import check_mirrors
from modellock.documents.project_settings import Layout
from modellock.values.origins import CANONICAL_GITHUB_SERVER, CANONICAL_HUB, Kind, parse_endpoint
from modellock.values.paths import check_together, parse_locked_name, parse_model_name
from modellock.values.tables import Table

_SHORT_COMMIT = 12


def check_model(table: Table, model: LockedModel) -> None:
    """Refuse a locked model that contradicts itself; TableError at the key that does."""
    _check_name(table, model)
    _check_names_of_files(table, model)
    _check_archives(table, model)
    _check_url(table, model)
    _check_size_and_tree(table, model)
    check_mirrors(table, model.mirrors, model)


def check_requirers(models: Table, locked: dict[str, LockedModel]) -> None:
    """Refuse a model that is required by one that is not in the lock, or by no declared one."""
    for name, model in locked.items():
        for requirer in model.required_by:
            if requirer not in locked:
                raise models.table(name).fail(
                    f"names a model that is not in this lock: {requirer!r}", "required-by"
                )
    # Those that require each other alone belong to no selection: no sync would place them.
    for name in sorted(locked.keys() - _reached(locked)):
        raise models.table(name).fail("leads to no model of models.toml", "required-by")


def _reached(locked: dict[str, LockedModel]) -> set[str]:
    """The declared models and all that they require, directly or not."""
    reached: set[str] = set()
    fresh = {name for name, model in locked.items() if model.is_declared}
    while fresh:
        reached |= fresh
        fresh = {
            name
            for name, model in locked.items()
            if name not in reached and not fresh.isdisjoint(model.required_by)
        }
    return reached


def _check_name(table: Table, model: LockedModel) -> None:
    try:
        (parse_model_name if model.is_declared else parse_locked_name)(model.name)
    except ValueError as error:
        raise table.fail(f"is refused: {error}") from error
    if not model.is_declared:
        _check_required(table, model)


def _check_required(table: Table, model: LockedModel) -> None:
    """Refuse a model that is there for others and does not look like one."""
    names = (model.origin, f"{model.origin}@{(model.commit or '')[:_SHORT_COMMIT]}")
    if model.name not in names:
        raise table.fail(f"is refused: it is not named after its repository {model.origin!r}")
    if not model.required_by:
        raise table.fail("is missing: nothing in this lock requires this model", "required-by")
    for key in ("requested", "mirrors"):
        if getattr(model, key):
            raise table.fail("is refused: models.toml asks for no such model", key)
    if model.layout is not Layout.HF_CACHE:
        raise table.fail("is not `hf-cache`, the layout of all that others require", "layout")


def _check_names_of_files(table: Table, model: LockedModel) -> None:
    if not model.files:
        raise table.fail("is empty: a locked model has files", "files")
    for key, files in (("files", model.files), ("archives", model.archives)):
        table.check(key, check_together, [file.path for file in files])
        if model.kind is not Kind.GITHUB and any(file.asset_id is not None for file in files):
            raise table.fail(f"has `asset-id`, and this is a `{model.kind}` model", key)
    if model.rename:
        placed = [placed_path(model, file) for file in model.files]
        table.check("rename", check_together, placed)


def _check_archives(table: Table, model: LockedModel) -> None:
    requested = dict(model.requested)
    packed = bool(requested.get("unpack") or requested.get("join"))
    if model.archives and not packed:
        raise table.fail("is refused: `requested` neither unpacks nor joins", "archives")
    if packed and not model.archives:
        raise table.fail("is missing: `requested` unpacks or joins", "archives")


def _check_url(table: Table, model: LockedModel) -> None:
    path = files_path(model)
    if path is None:
        for key in ("commit", "tag"):
            if model.kind in LOCKED_KEYS[key]:
                raise table.fail("is missing", "commit" if model.kind is Kind.HUB else "tag")
        return
    if model.source is None:
        canonical = CANONICAL_HUB if model.kind is Kind.HUB else CANONICAL_GITHUB_SERVER
        expected, fits = canonical + path, model.url == canonical + path
    else:
        expected, fits = f"…{path}", (model.url or "").endswith(path)
    if not fits:
        raise table.fail(
            f"is not where this model's files lie: expected {expected!r}, received {model.url!r}",
            "url",
        )
    if model.source is not None:
        table.check("url", _exact_endpoint, named_endpoint(model))


def _exact_endpoint(text: str) -> str:
    if parse_endpoint(text) != text:
        raise ValueError(f"{text!r} is not an endpoint: it ends in `/`")
    return text


def _check_size_and_tree(table: Table, model: LockedModel) -> None:
    size, tree = sum(file.size for file in model.files), tree_of(model.files)
    if model.size != size:
        raise table.fail(
            f"does not match the files: expected {size}, received {model.size}", "size"
        )
    if model.tree != tree:
        raise table.fail(
            f"does not match the files: expected {tree}, received {model.tree}", "tree"
        )
