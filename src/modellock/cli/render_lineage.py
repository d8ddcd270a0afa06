"""What `tree` and `why` say: as lines, and as documents."""

from collections.abc import Iterator, Sequence

from modellock.cli.checked import total_words
from modellock.cli.render_lock import version_words
from modellock.decisions.lineage import Branch
from modellock.documents.lockfile import LockedModel
from modellock.documents.mirrors import mirror_words
from modellock.values.wording import count_words, size_words, visible
from modellock.verbs.tree import TreeResult
from modellock.verbs.why import Found, Needed, WhyResult


def tree_lines(result: TreeResult) -> Iterator[str]:
    """The result for a person."""
    for branch in result.branches:
        yield _branch_words(branch)
        yield from _lines_below(branch, "")
    shared = result.size - result.distinct
    told = f"; {size_words(shared)} of it is shared" if shared else ""
    yield total_words(result.models, result.files, result.size) + told


def _lines_below(branch: Branch, indent: str) -> Iterator[str]:
    for position, below in enumerate(branch.branches, start=1):
        is_last = position == len(branch.branches)
        yield f"{indent}{'└── ' if is_last else '├── '}{_branch_words(below)}"
        yield from _lines_below(below, indent + ("    " if is_last else "│   "))


def _branch_words(branch: Branch) -> str:
    model = branch.model
    words = [f"{count_words(len(model.files), 'file')} ({size_words(model.size)})"]
    if model.archives:
        fetched = sum(file.size for file in model.archives)
        count = count_words(len(model.archives), "file")
        words.append(f"fetched as {count} ({size_words(fetched)})")
    if branch.shared:
        words.append(f"{size_words(branch.shared)} shared")
    if not model.closure:
        words.append("`closure = false`: what it refers to is not pinned")
    if branch.is_cut:
        words.append("…")
    return f"{visible(model.name)}  {version_words(model)}, {', '.join(words)}"


def tree_document(result: TreeResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "models": result.models,
        "files": result.files,
        "size": result.size,
        "distinct": result.distinct,
        "tree": [_branch_document(branch) for branch in result.branches],
    }


def _branch_document(branch: Branch) -> dict[str, object]:
    return {
        **_model_document(branch.model),
        "shared": branch.shared,
        "cut": branch.is_cut,
        "requires": [_branch_document(below) for below in branch.branches],
    }


def _model_document(model: LockedModel) -> dict[str, object]:
    return {
        "model": model.name,
        "declared": model.is_declared,
        "required_by": list(model.required_by),
        "closure": model.closure,
        "version": model.version,
        "tag": model.tag,
        "commit": model.commit,
        "tree": str(model.tree),
        "files": len(model.files),
        "size": model.size,
    }


def why_lines(result: WhyResult) -> Iterator[str]:
    """The result for a person."""
    what = visible(result.what)
    if result.model is not None:
        yield from _needed_lines(result.model)
    if result.placed is not None:
        yield f"{what} is {_file_words(result.placed)}{_likeness_words(result)}"
        yield from _chain_lines(result.placed.needed)
    others = [found for found in result.files if found != result.placed]
    if others:
        also = "also " if result.placed in result.files else ""
        yield f"{what} {also}has the bytes of"
        yield from (f"  {_file_words(found)}{_chain_words(found.needed)}" for found in others)
    if not result.is_known:
        yield from _unknown_lines(result)


def _needed_lines(needed: Needed) -> Iterator[str]:
    model = needed.model
    name = visible(model.name)
    if model.is_declared:
        yield f"{name} is in models.toml: {version_words(model)}"
    else:
        yield f"{name} is required: {version_words(model)}"
    yield from _chain_lines(needed)
    yield from (f"  mirror {visible(mirror_words(mirror))}" for mirror in model.mirrors)


def _chain_lines(needed: Needed) -> Iterator[str]:
    yield from (f"  by {_arrows(chain)}" for chain in needed.chains)


def _chain_words(needed: Needed) -> str:
    return f", required by {_arrows(needed.chains[0])}" if needed.chains else ""


def _arrows(chain: Sequence[str]) -> str:
    return " -> ".join(visible(name) for name in chain)


def _file_words(found: Found) -> str:
    file, model = found.holding.file, found.holding.model
    remark = ", fetched and not placed" if file in model.archives else ""
    return f"{visible(model.name)}/{visible(file.path)} ({size_words(file.size)}){remark}"


def _likeness_words(result: WhyResult) -> str:
    if result.placed is None or result.digest is None:
        return ", which is not there"
    expected = result.placed.holding.file.digest
    if result.digest == expected:
        return ", byte for byte"
    return f", with other bytes: expected {expected}, received {result.digest}"


def _unknown_lines(result: WhyResult) -> Iterator[str]:
    what = visible(result.what)
    if result.digest is not None:
        yield f"{what} is no file of models.lock: no locked file is {result.digest}"
        return
    yield f"{what} is no model, no sha256 and no file that models.lock knows"
    if result.nearest is not None:
        yield f"did you mean `{result.nearest}`?"


def why_document(result: WhyResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "what": result.what,
        "known": result.is_known,
        "model": None if result.model is None else _needed_document(result.model),
        "placed": None if result.placed is None else _found_document(result.placed),
        "sha256": None if result.digest is None else result.digest.value,
        "files": [_found_document(found) for found in result.files],
        "nearest": result.nearest,
    }


def _needed_document(needed: Needed) -> dict[str, object]:
    chains = [list(chain) for chain in needed.chains]
    mirrors = [mirror_words(mirror) for mirror in needed.model.mirrors]
    return {**_model_document(needed.model), "chains": chains, "mirrors": mirrors}


def _found_document(found: Found) -> dict[str, object]:
    file = found.holding.file
    return {
        "path": file.path,
        "size": file.size,
        "sha256": file.digest.value,
        "model": _needed_document(found.needed),
    }
