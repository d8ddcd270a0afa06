"""Which of a snapshot's files a spec takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from modellock.decisions.packing import packing_of
from modellock.decisions.parts import check_complete, wholes_of
from modellock.documents.manifest import Spec
from modellock.documents.offers import OfferedFile
from modellock.documents.weights import (
    EVERY_FORMAT,
    complete_directories,
    format_of,
    home_of,
    is_checksum_or_signature,
    quantisations,
)
from modellock.errors import SelectionError, UnsafeNameError
from modellock.values.globs import is_pattern, matches_any, unmatched
from modellock.values.origins import Kind
from modellock.values.paths import check_together, parse_path
from modellock.values.wording import did_you_mean, size_words, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Files of one weight format that stayed out, and how to bring them in."""

    format: str
    files: int
    size: int
    """Bytes."""

    remedy: str
    """The line of models.toml that brings them in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The files that a spec takes, and what a person should know about it."""

    files: tuple[OfferedFile, ...]
    """Sorted by path."""

    left_out: tuple[LeftOut, ...] = ()
    idle_patterns: tuple[str, ...] = field(default=())
    """Patterns that matched nothing."""


def select(spec: Spec, offered: Sequence[OfferedFile]) -> Selection:
    """Choose a spec's files among those that a snapshot offers.

    Raises SelectionError where a plain name matches nothing, or the choice is empty or ambiguous;
    UnsafeNameError where a selected name may not stand in a lock.
    """
    paths = [file.path for file in offered]
    idle = _check_globs(spec, paths)
    kept, left_out = _by_format(spec, _included(spec, offered))
    chosen = [file for file in kept if not matches_any(file.path, spec.exclude)]
    if not chosen:
        raise SelectionError(
            f"{spec.name}: the selection is empty: expected files of {spec.origin}, "
            f"received none of its {len(offered)}",
            hint=_example_hint(paths),
            model=spec.name,
        )
    _refuse_unsafe(spec, chosen)
    _refuse_several_quantisations(spec, chosen)
    if packing_of(spec).is_none:
        check_rename(spec, [file.path for file in chosen])
    else:
        _refuse_lone_parts(spec, [file.path for file in chosen], paths)
    return Selection(
        files=tuple(sorted(chosen, key=lambda file: file.path)),
        left_out=left_out,
        idle_patterns=idle,
    )


def _included(spec: Spec, offered: Sequence[OfferedFile]) -> list[OfferedFile]:
    if spec.include is not None:
        return [file for file in offered if matches_any(file.path, spec.include)]
    if spec.kind is Kind.GITHUB:
        return [file for file in offered if not is_checksum_or_signature(file.path)]
    return list(offered)


def _by_format(
    spec: Spec, files: list[OfferedFile]
) -> tuple[list[OfferedFile], tuple[LeftOut, ...]]:
    wanted = spec.formats
    by_default = spec.kind is Kind.HUB and spec.type == "model" and spec.include is None
    if wanted == (EVERY_FORMAT,) or (wanted is None and not by_default):
        return files, ()
    complete = complete_directories([file.path for file in files])
    out: dict[str, list[OfferedFile]] = {}
    kept = []
    for file in files:
        kind = format_of(file.path)
        if kind is None or not _stays_out(file.path, kind, wanted, complete):
            kept.append(file)
        else:
            out.setdefault(kind, []).append(file)
    return kept, tuple(_left_out(kind, out[kind], wanted) for kind in sorted(out))


def _stays_out(
    path: str, kind: str, wanted: tuple[str, ...] | None, complete: frozenset[str]
) -> bool:
    if wanted is not None:
        return kind not in wanted
    return kind != "safetensors" and home_of(path) in complete


def _left_out(kind: str, files: list[OfferedFile], wanted: tuple[str, ...] | None) -> LeftOut:
    formats = ", ".join(f'"{name}"' for name in (*(wanted or ("safetensors",)), kind))
    return LeftOut(
        format=kind,
        files=len(files),
        size=sum(file.size or 0 for file in files),
        remedy=f"formats = [{formats}]",
    )


def _check_globs(spec: Spec, paths: Sequence[str]) -> tuple[str, ...]:
    idle = []
    for key, globs in (("include", spec.include or ()), ("exclude", spec.exclude)):
        for glob in unmatched(globs, paths):
            if not is_pattern(glob):
                raise _no_such_file(spec, key, glob, paths)
            idle.append(glob)
    return tuple(idle)


def _no_such_file(spec: Spec, key: str, name: str, paths: Sequence[str]) -> SelectionError:
    message = f"{spec.name}: {key}: {name!r} is not a file of {spec.origin}"
    if spec.kind is Kind.GITHUB:
        message += " (GitHub rewrites names at upload: a space becomes a dot)"
    return SelectionError(
        message, hint=did_you_mean(name, paths) or _example_hint(paths), model=spec.name
    )


def _example_hint(paths: Sequence[str]) -> str:
    if not paths:
        return "upstream offers no file at all"
    shown = ", ".join(f"`{visible(path)}`" for path in sorted(paths)[:5])
    return f"upstream offers {shown}" + (", …" if len(paths) > 5 else "")


def _refuse_unsafe(spec: Spec, files: Iterable[OfferedFile]) -> None:
    try:
        check_together([parse_path(file.path) for file in files])
    except ValueError as error:
        raise UnsafeNameError(
            f"{spec.name}: upstream offers a name that is refused: {visible(str(error))}",
            hint="an `exclude` pattern that matches it leaves it out",
            model=spec.name,
        ) from error


def _refuse_several_quantisations(spec: Spec, files: Sequence[OfferedFile]) -> None:
    if spec.kind is not Kind.HUB or spec.include is not None or spec.type != "model":
        return
    groups = quantisations([file.path for file in files])
    if len(groups) < 2:
        return
    sizes = {file.path: file.size or 0 for file in files}
    lines = [
        f"  {visible(name)}  {size_words(sum(sizes[path] for path in paths))}"
        for name, paths in groups.items()
    ]
    title = f"{spec.name}: {spec.origin} has {len(groups)} GGUF quantisations, and nothing chooses"
    raise SelectionError(
        "\n".join([title, *lines]),
        hint=f'write `include = ["{next(iter(groups))}"]` below [models.{spec.name}]',
        model=spec.name,
    )


def _refuse_lone_parts(spec: Spec, chosen: Sequence[str], offered: Sequence[str]) -> None:
    if not spec.join:
        return
    try:
        check_complete(chosen, offered)
        wholes_of(chosen, join=True)
    except ValueError as error:
        raise SelectionError(
            f"{spec.name}: join: {visible(str(error))}",
            hint=f"change `include` or `exclude` below [models.{spec.name}]",
            model=spec.name,
        ) from error


def check_rename(spec: Spec, paths: Sequence[str]) -> None:
    """Refuse a `rename` of a file that a model does not have, or to a name that is taken.

    Raises SelectionError, UnsafeNameError.
    """
    for old, _ in spec.rename:
        if old not in paths:
            raise SelectionError(
                f"{spec.name}: rename: {old!r} is not among the selected files",
                hint=did_you_mean(old, paths),
                model=spec.name,
            )
    renamed = dict(spec.rename)
    try:
        check_together([renamed.get(path, path) for path in paths])
    except ValueError as error:
        raise UnsafeNameError(
            f"{spec.name}: rename: {visible(str(error))}",
            hint=f"change `rename` below [models.{spec.name}]",
            model=spec.name,
        ) from error
