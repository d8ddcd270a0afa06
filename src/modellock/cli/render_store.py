"""What the commands of the group `store` say: lines for a person, and documents."""

from collections.abc import Iterable, Iterator, Sequence

from modellock.cli.tables import aligned
from modellock.decisions.collection import Blob, Kind, Leftover, Root, Standing
from modellock.values.wording import age_words, count_words, size_words, visible
from modellock.verbs.collecting import CollectionResult

_MOST_NAMED = 10
_GONE = {
    Standing.GONE: "its models.lock is gone",
    Standing.EXPIRED: "not seen for {age}",
}


def collection_lines(result: CollectionResult, *, took: str) -> Iterator[str]:
    """What was taken away, and what is left."""
    for root in result.roots:
        why = _GONE[root.standing].format(age=age_words(root.age))
        yield f"- {visible(root.lock) or root.name}: {why}"
    yield from aligned(list(_taken_rows(result)))
    yield from _linked_lines([blob for blob in result.blobs if blob.links > 1])
    word = "Would free" if result.dry_run else "Freed"
    yield f"{word} {size_words(result.freed)} in {took}; {_left_words(result)}"
    if result.spared:
        size = size_words(sum(blob.size for blob in result.spared))
        yield f"Spared {count_words(len(result.spared), 'blob')} ({size}) that no project uses"


def _taken_rows(result: CollectionResult) -> Iterator[tuple[str, str]]:
    if result.blobs:
        count = count_words(len(result.blobs), "blob")
        yield f"- {count} that no project uses", _sizes(result.blobs)
    for kind in Kind:
        found = [one for one in result.leftovers if one.kind is kind]
        if found:
            noun = "note" if kind is Kind.NOTE else str(kind)
            yield f"- {count_words(len(found), noun)}", _sizes(found)


def _sizes(taken: Sequence[Blob | Leftover]) -> str:
    return size_words(sum(one.size for one in taken))


def _linked_lines(linked: Sequence[Blob]) -> Iterator[str]:
    """Why some blobs free nothing, the largest first."""
    for blob in sorted(linked, key=lambda blob: -blob.size)[:_MOST_NAMED]:
        links = count_words(blob.links - 1, "link")
        yield (
            f"  {blob.digest.value[:12]}… ({size_words(blob.size)}) frees 0 bytes, "
            f"still shown by {links}"
        )
    if len(linked) > _MOST_NAMED:
        yield f"  and {len(linked) - _MOST_NAMED:,} more that free nothing"


def _left_words(result: CollectionResult) -> str:
    projects = count_words(result.roots_left, "project")
    use = "uses" if result.roots_left == 1 else "use"
    return f"{projects} {use} the store, which holds {size_words(result.left)}"


def collection_document(result: CollectionResult) -> dict[str, object]:
    """The same for a program."""
    return {
        "dry_run": result.dry_run,
        "freed": result.freed,
        "left": result.left,
        "excess": result.excess,
        "projects": result.roots_left,
        "roots": [_root_document(root) for root in result.roots],
        "blobs": _blob_documents(result.blobs),
        "leftovers": [_leftover_document(one) for one in result.leftovers],
        "spared": _blob_documents(result.spared),
    }


def _root_document(root: Root) -> dict[str, object]:
    return {
        "name": root.name,
        "lock": root.lock or None,
        "standing": str(root.standing),
        "age": int(root.age),
    }


def _blob_documents(blobs: Iterable[Blob]) -> list[dict[str, object]]:
    return [
        {
            "sha256": blob.digest.value,
            "size": blob.size,
            "links": blob.links - 1,
            "freed": blob.freed,
            "age": int(blob.age),
        }
        for blob in blobs
    ]


def _leftover_document(one: Leftover) -> dict[str, object]:
    return {
        "kind": str(one.kind),
        "path": one.path,
        "size": one.size,
        "freed": one.freed,
        "age": int(one.age),
    }
