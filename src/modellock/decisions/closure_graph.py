"""Who requires whom, and what follows from it: the keys, groups and markers of a lock's models."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from modellock.decisions.closure_needs import Id
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import Layout
from modellock.values.origins import DEFAULT_REVISION

SHORT_COMMIT = 12
_OBJECT_ID = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Models by id, and for each the ids of those that it requires."""

    models: Mapping[Id, LockedModel]
    """Declared ones, and those that they may require; the key of the latter is still open."""

    edges: Mapping[Id, frozenset[Id]]
    revisions: Mapping[Id, frozenset[str]]
    """Of models that are not declared: as they are referred to."""

    def reached(self, start: Iterable[Id]) -> frozenset[Id]:
        """These and all that they require, directly or not."""
        found = set(start)
        open_ids = list(found)
        while open_ids:
            fresh = self.edges.get(open_ids.pop(), frozenset()) - found
            found |= fresh
            open_ids += fresh
        return frozenset(found)


def keyed(graph: Graph) -> dict[str, LockedModel]:
    """The models of a lock by key, sorted: all declared ones, and of the others what they require.

    Each says who requires it; one that is not declared has the groups and markers of all declared
    models that lead to it.
    """
    roots = [one for one, model in graph.models.items() if model.is_declared]
    reached = graph.reached(roots)
    requirers = _requirers(graph, reached)
    keys = _keys(graph, reached, requirers)
    leading = {root: graph.reached([root]) for root in roots}
    found = {}
    for one in reached:
        model = graph.models[one]
        names = tuple(sorted(keys[other] for other in requirers[one]))
        if not model.is_declared:
            heads = [graph.models[root] for root in roots if one in leading[root]]
            crowded = sum(graph.models[other].origin == model.origin for other in keys) > 1
            model = _united(model, heads)
            revision = _revision(graph.revisions[one], crowded=crowded)
            model = replace(model, name=keys[one], revision=revision, layout=Layout.HF_CACHE)
        found[keys[one]] = replace(model, required_by=names)
    return dict(sorted(found.items()))


def _requirers(graph: Graph, reached: Iterable[Id]) -> dict[Id, set[Id]]:
    requirers: dict[Id, set[Id]] = {one: set() for one in reached}
    for one in requirers:
        for other in graph.edges.get(one, ()):
            requirers[other].add(one)
    return requirers


def _keys(
    graph: Graph, reached: Iterable[Id], requirers: Mapping[Id, Iterable[Id]]
) -> dict[Id, str]:
    """The plain key for the commit whose requirer sorts first, `…@<12 hex>` for all others."""
    keys: dict[Id, str] = {}
    pulled: dict[str, list[Id]] = {}
    for one in reached:
        model = graph.models[one]
        if model.is_declared:
            keys[one] = model.name
        else:
            pulled.setdefault(model.origin, []).append(one)
    # A model of this name that models.toml declares has the plain key already.
    taken = set(keys.values())
    for repository, ids in pulled.items():
        ids.sort(key=lambda one: _precedence(graph, one, requirers[one]))
        for position, one in enumerate(ids):
            short = (graph.models[one].commit or "")[:SHORT_COMMIT]
            is_plain = position == 0 and repository not in taken
            keys[one] = repository if is_plain else f"{repository}@{short}"
    return keys


def _precedence(graph: Graph, one: Id, requirers: Iterable[Id]) -> tuple[object, ...]:
    first = min(_label(graph.models[other]) for other in requirers)
    return (first, DEFAULT_REVISION not in graph.revisions[one], one)


def _label(model: LockedModel) -> tuple[str, str]:
    """What a requirer sorts by: its key, as far as that is sure."""
    return (model.name, "") if model.is_declared else (model.origin, model.commit or "")


def _united(model: LockedModel, heads: Iterable[LockedModel]) -> LockedModel:
    groups = [head.groups for head in heads]
    markers = [head.marker for head in heads]
    every = () if () in groups else tuple(sorted({name for some in groups for name in some}))
    return replace(model, groups=every, marker=None if None in markers else _either(markers))


def _either(markers: Iterable[str | None]) -> str | None:
    distinct = sorted({marker for marker in markers if marker is not None})
    return distinct[0] if len(distinct) == 1 else " or ".join(f"({one})" for one in distinct)


def _revision(revisions: frozenset[str], *, crowded: bool) -> str:
    """The one of several names of a commit by which it is asked for where nothing else says it.

    `main` is written for a repository of which there is only one commit, whatever it is called.
    """
    named = [one for one in revisions if one != DEFAULT_REVISION and len(one) != _OBJECT_ID]
    if DEFAULT_REVISION in revisions and (crowded or not named):
        return DEFAULT_REVISION
    return min(named, default=min(revisions))
