"""What `store list`, `store size` and `store verify` say: lines for a person, and documents."""

from collections.abc import Iterator, Mapping, Sequence

from modellock.cli.tables import aligned
from modellock.decisions.collection import Kind, Root, Standing
from modellock.decisions.usage import Usage, User
from modellock.documents.lockfile import FILE_NAME as LOCK_NAME
from modellock.values.wording import age_words, count_words, size_words, visible
from modellock.verbs.store_contents import Amount, StoreListing, StoreSize
from modellock.verbs.store_verification import Holder, StoreVerification
from modellock.verbs.verify_result import Fault

_LOCK = f"/{LOCK_NAME}"
_PLURALS = {
    Kind.PARTIAL: "partial files",
    Kind.STAGED: "staged files",
    Kind.DAMAGED: "damaged blobs",
    Kind.RECORD: "records",
    Kind.NOTE: "notes of unpackings",
}


def size_lines(result: StoreSize) -> Iterator[str]:
    """What takes how much."""
    rows = [
        ("blobs", _amount_words(result.blobs)),
        ("  linked elsewhere", _amount_words(result.linked)),
        ("  used by no project", _amount_words(result.unused)),
    ]
    rows += [
        (_PLURALS[kind], _amount_words(amount))
        for kind, amount in result.leftovers.items()
        if amount.count and kind not in (Kind.RECORD, Kind.NOTE)
    ]
    yield from aligned([*rows, ("projects", f"{result.projects:,}")])
    if result.unreadable:
        roots = count_words(result.unreadable, "root")
        yield f"{roots} cannot be read by this version: `modellock store gc` takes nothing away"
        return
    yield f"`modellock store gc` would free {size_words(result.collection.freed)} now"
    spared = sum(blob.freed for blob in result.collection.spared)
    if spared:
        yield f"{size_words(spared)} more are used by no project, and were within the last hour"


def _amount_words(amount: Amount) -> str:
    words = f"{amount.count:,} ({size_words(amount.size)})"
    if amount.on_disk < amount.size:
        words += f", {size_words(amount.on_disk)} on disk"
    return words


def size_document(result: StoreSize) -> dict[str, object]:
    """The same for a program."""
    return {
        "blobs": _amount_document(result.blobs),
        "linked": _amount_document(result.linked),
        "unused": _amount_document(result.unused),
        "leftovers": {
            str(kind): _amount_document(amount) for kind, amount in result.leftovers.items()
        },
        "projects": result.projects,
        "reclaimable": result.collection.freed,
        "unreadable_roots": result.unreadable,
    }


def _amount_document(amount: Amount) -> dict[str, int]:
    return {"count": amount.count, "size": amount.size, "on_disk": amount.on_disk}


def listing_lines(result: StoreListing) -> Iterator[str]:
    """Project by project, who uses what."""
    roots = {root.name: root for root in result.roots}
    for root in result.roots:
        yield f"{_root_words(root)}, synced {age_words(root.age)} ago"
        own = [usage for usage in result.usages if usage.user.project == root.name]
        yield from aligned([_usage_row(usage, roots) for usage in own], indent=2)
    if result.used.count:
        used = f"{count_words(result.used.count, 'blob')} ({size_words(result.used.size)})"
        saved = f"; sharing saves {size_words(result.saved)}" if result.saved else ""
        yield f"in use: {used}{saved}"
    if result.unused.count:
        yield (
            f"no project uses {count_words(result.unused.count, 'blob')} "
            f"({size_words(result.unused.size)}); `modellock store gc` would free "
            f"{size_words(result.freed)} now"
        )
    elif not result.roots:
        yield "The store holds nothing"


def _root_words(root: Root) -> str:
    """The project's models.lock, with its host where that is another one."""
    if root.standing is Standing.HERE:
        return visible(root.lock)
    return visible(f"{root.host}:{root.lock}") if root.lock else f"roots/{root.name} (unreadable)"


def _usage_row(usage: Usage, roots: Mapping[str, Root]) -> tuple[str, ...]:
    name = "other files" if usage.user.model is None else visible(usage.user.model)
    missing = f", {usage.missing:,} missing" if usage.missing else ""
    files = f"{count_words(usage.files, 'file')}{missing}"
    return name, size_words(usage.size), files, _sharing_words(usage, roots)


def _sharing_words(usage: Usage, roots: Mapping[str, Root]) -> str:
    if not usage.shared_with:
        return "its own"
    others = ", ".join(_user_words(one, usage.user, roots) for one in usage.shared_with[:3])
    more = len(usage.shared_with) - 3
    others += f" and {more:,} more" if more > 0 else ""
    if not usage.unique:
        return f"shared with {others}"
    return f"{size_words(usage.unique)} its own, {size_words(usage.shared)} shared with {others}"


def _user_words(user: User, seen_from: User, roots: Mapping[str, Root]) -> str:
    model = "other files" if user.model is None else visible(user.model)
    if user.project == seen_from.project:
        return model
    return f"{model} of {_root_words(roots[user.project]).removesuffix(_LOCK)}"


def listing_document(result: StoreListing) -> dict[str, object]:
    """The same for a program."""
    return {
        "projects": [
            {
                "root": root.name,
                "lock": root.lock or None,
                "host": root.host or None,
                "standing": str(root.standing),
                "age": int(root.age),
                "models": [
                    _usage_document(usage)
                    for usage in result.usages
                    if usage.user.project == root.name
                ],
            }
            for root in result.roots
        ],
        "used": _amount_document(result.used),
        "unused": _amount_document(result.unused),
        "saved": result.saved,
        "reclaimable": result.freed,
    }


def _usage_document(usage: Usage) -> dict[str, object]:
    return {
        "model": usage.user.model,
        "files": usage.files,
        "missing": usage.missing,
        "size": usage.size,
        "unique": usage.unique,
        "shared": usage.shared,
        "shared_with": [_user_document(user) for user in usage.shared_with],
    }


def _user_document(user: User) -> dict[str, str | None]:
    return {"root": user.project, "model": user.model}


def verification_lines(result: StoreVerification, *, took: str) -> Iterator[str]:
    """What was hashed, and what is wrong."""
    for fault in result.faults:
        yield visible(str(fault))
        for holder in _holders_of(result, fault):
            yield f"  used by {visible(holder.model or 'a model')} of {visible(holder.lock)}"
    done = f"Hashed {count_words(result.blobs, 'blob')} ({size_words(result.size)}) in {took}"
    yield f"{done}: {_verdict(result.faults)}"


def _verdict(faults: Sequence[object]) -> str:
    if not faults:
        return "whole"
    count = count_words(len(faults), "fault")
    return f"{count}; run `modellock verify --repair` in the projects that use it"


def _holders_of(result: StoreVerification, fault: Fault) -> Sequence[Holder]:
    return () if fault.expected is None else result.holders.get(fault.expected, ())


def verification_document(result: StoreVerification) -> dict[str, object]:
    """The same for a program."""
    return {
        "whole": not result.faults,
        "blobs": result.blobs,
        "size": result.size,
        "faults": [
            {
                "path": fault.path,
                "expected": str(fault.expected),
                "received": str(fault.received),
                "used_by": [
                    {"lock": holder.lock, "model": holder.model}
                    for holder in _holders_of(result, fault)
                ],
            }
            for fault in result.faults
        ],
    }
