"""What `lock` and `update` say: model by model for a person, and as a document."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from modellock.cli.checked import total_words, up_to_date_words
from modellock.decisions.drift import fetched_files
from modellock.decisions.file_kinds import kinds_of
from modellock.decisions.selection import LeftOut
from modellock.documents.lockfile import LockedModel
from modellock.values.wording import age_words, count_words, size_words, visible
from modellock.verbs.lock_before import Merged
from modellock.verbs.lock_result import LockResult, ModelChange, Movement

_DONE = {
    Movement.ADDED: "Added",
    Movement.REMOVED: "Removed",
    Movement.MOVED: "Moved",
    Movement.CHANGED: "Changed",
}
_WOULD = {
    Movement.ADDED: "Would add",
    Movement.REMOVED: "Would remove",
    Movement.MOVED: "Would move",
    Movement.CHANGED: "Would change",
}


def lock_lines(result: LockResult, *, dry_run: bool, took: str, now: datetime) -> Iterator[str]:
    """The result for a person; `took` is a duration in words."""
    verbs = _WOULD if dry_run else _DONE
    if result.merged is not None:
        yield _merged_words(result.merged)
    for change in result.changes:
        yield from _change_lines(change, verbs[change.movement], now)
    for name, left_out in result.left_out.items():
        yield from (_left_out_words(name, one) for one in left_out)
    total = total_words(result.models, result.files, result.size)
    if result.written:
        yield f"Wrote models.lock: {total} in {took}"
    elif result.changes or result.merged is not None:
        yield f"Would write models.lock: {total}; resolved in {took}"
    else:
        yield up_to_date_words(result.models, result.files, result.size, took)


def _merged_words(merged: Merged) -> str:
    """`Merged HEAD and feature: 2 models alike, 1 from HEAD, 1 resolved anew: minilm`."""
    ours, theirs = visible(merged.ours_label), visible(merged.theirs_label)
    parts = [
        f"{count_words(len(names), 'model')} {what}"
        for names, what in (
            (merged.both, "alike"),
            (merged.ours, f"from {ours}"),
            (merged.theirs, f"from {theirs}"),
            (merged.anew, "resolved anew: " + ", ".join(merged.anew)),
        )
        if names
    ]
    return f"Merged {ours} and {theirs}: {', '.join(parts) or 'no models'}"


def _change_lines(change: ModelChange, verb: str, now: datetime) -> Iterator[str]:
    name, old, new = visible(change.name), change.old, change.new
    if new is None:
        yield f"{verb} {name}"
    elif old is None:
        files = count_words(len(new.files), "file")
        yield f"{verb} {name}: {version_words(new)}, {files} ({size_words(new.size)})"
    else:
        moved = change.movement is Movement.MOVED
        yield f"{verb} {name}: {_movement_words(old, new, now) if moved else version_words(new)}"
        yield f"  {_files_words(old, new)}"


def _files_words(old: LockedModel, new: LockedModel) -> str:
    paths = changed_paths(old, new)
    if not paths:
        return "the same files"
    fresh = _fresh_size(old, new)
    changed = f"{', '.join(kinds_of(paths))} changed: {count_words(len(paths), 'file')}"
    return f"{changed}, {size_words(fresh)} new"


def _fresh_size(old: LockedModel | None, new: LockedModel | None) -> int:
    """Bytes to fetch for a new version by who has the old one."""
    known = {file.digest for file in (*old.archives, *old.files)} if old else set()
    if new is None or all(file.digest in known for file in new.files):
        return 0
    return sum(file.size for file in fetched_files(new) if file.digest not in known)


def changed_paths(old: LockedModel | None, new: LockedModel | None) -> tuple[str, ...]:
    """Paths of the files that only one of two versions has, or that differ between them."""
    before = {file.path: file.digest for file in old.files} if old else {}
    after = {file.path: file.digest for file in new.files} if new else {}
    paths = sorted({*before, *after})
    return tuple(path for path in paths if before.get(path) != after.get(path))


def _movement_words(old: LockedModel, new: LockedModel, now: datetime) -> str:
    """`3f2a91c04d5e -> e37978b01234 (main, 12 days old)`."""
    remarks = ", ".join(filter(None, [_asked(new), _age(new, now)]))
    return f"{pin_words(old)} -> {pin_words(new)}" + (f" ({remarks})" if remarks else "")


def _age(model: LockedModel, now: datetime) -> str | None:
    moment = model.committed or model.published
    if moment is None:
        return None
    return f"{age_words((now - moment.astimezone(UTC)).total_seconds())} old"


def version_words(model: LockedModel) -> str:
    """`main (c9745ed1d9f2)`, `v1.4.2`, `tree 60afd1b2c3d4`: what was asked for, and what it is."""
    asked, pin = _asked(model), pin_words(model)
    return f"{asked} ({pin})" if asked else pin


def _asked(model: LockedModel) -> str | None:
    """The tag or branch that led to a commit, where it says more than the pin."""
    requested = dict(model.requested)
    asked = model.tag or model.revision or requested.get("revision")
    asked = asked or ("main" if model.kind == "hub" else None)
    pin = pin_words(model)
    return None if asked is None or str(asked).startswith(pin) else visible(str(asked))


def pin_words(model: LockedModel) -> str:
    """What pins a model, short: a tag, a commit, or the digest of its content."""
    if model.kind == "github" and model.tag:
        return visible(model.tag)
    return model.commit[:12] if model.commit else f"tree {model.tree.value[:12]}"


def _left_out_words(name: str, left_out: LeftOut) -> str:
    what = f"{left_out.format} weights, {count_words(left_out.files, 'file')}"
    size = size_words(left_out.size)
    return f"Left out of {visible(name)}: {what} ({size}); `{left_out.remedy}` brings them in"


def lock_document(result: LockResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "written": result.written,
        "merged": None if result.merged is None else asdict(result.merged),
        "models": result.models,
        "files": result.files,
        "size": result.size,
        "fetched": result.fetched,
        "changes": [_change_document(change) for change in result.changes],
        "left_out": [
            {
                "model": name,
                "format": one.format,
                "files": one.files,
                "size": one.size,
                "remedy": one.remedy,
            }
            for name, left_out in result.left_out.items()
            for one in left_out
        ],
    }


def _change_document(change: ModelChange) -> dict[str, object]:
    return {
        "model": change.name,
        "movement": change.movement,
        "old": _version_document(change.old),
        "new": _version_document(change.new),
        "changed_files": list(changed_paths(change.old, change.new)),
        "to_fetch": _fresh_size(change.old, change.new),
    }


def _version_document(model: LockedModel | None) -> dict[str, object] | None:
    if model is None:
        return None
    return {
        "version": model.version,
        "tag": model.tag,
        "commit": model.commit,
        "tree": str(model.tree),
        "files": len(model.files),
        "size": model.size,
    }
