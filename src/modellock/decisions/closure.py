"""What else a lock pins: the repositories that its models refer to, and that those refer to.

A walk over values: it says what it must know next, is told, and ends in the same closure whatever
the order of the answers. What nothing touched since the last lock is not asked about again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from modellock.decisions.closure_earlier import Earlier
from modellock.decisions.closure_files import files_for
from modellock.decisions.closure_graph import Graph, keyed
from modellock.decisions.closure_needs import (
    Id,
    Mention,
    Need,
    Place,
    follows,
    id_at,
    id_of,
    is_hub_model,
    place_of,
)
from modellock.decisions.closure_service import server_of, unknown
from modellock.decisions.references import Reference, Role
from modellock.documents.lockfile import LockedModel
from modellock.documents.offers import Snapshot
from modellock.errors import ModellockError, SelectionError
from modellock.values.origins import DEFAULT_REVISION
from modellock.values.wording import visible

MOST_REPOSITORIES = 256
"""More than any pipeline has, and few enough that no chain of references floods a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A repository at one commit, and the files of it that are wanted."""

    id: Id
    need: Need
    """The first of those that lead here."""

    snapshot: Snapshot
    paths: frozenset[str]


class Walk:
    """What is known so far. The declared models and what was locked before are its start."""

    def __init__(self, declared: Iterable[LockedModel], earlier: Earlier) -> None:
        self._declared = {model.name: model for model in declared}
        self._earlier = earlier
        self._references: dict[Id, tuple[Reference, ...]] = {}
        self._answers: dict[Need, Snapshot] = {}
        self._drafted: dict[Id, LockedModel] = {}

    def unread(self) -> list[LockedModel]:
        """The models whose configuration must be read next."""
        models = [self._declared[name] for name in sorted(self._earlier.fresh & {*self._declared})]
        models += [*self._earlier.requirers(), *self._drafted.values()]
        return [one for one in models if follows(one) and id_of(one) not in self._references]

    def read(self, model: LockedModel, references: Iterable[Reference]) -> None:
        """Tell what a model refers to."""
        one = id_of(model)
        self._references[one] = tuple(ref for ref in references if not _is_own(model, ref))
        for reference in self._references[one]:
            place = _place(model, reference)
            if not self._earlier.leads(one, place) and not self._serving(place):
                self._disturb(place)

    def questions(self) -> list[Need]:
        """The revisions of which it must be known what they are.

        Raises SelectionError before more are asked about than a closure may hold.
        """
        found, pulled = set(), []
        for need in self._needs():
            declared = self._serving(need.place)
            if declared:
                found |= set(unknown(need, declared, self._answers))
            else:
                pulled.append(need)
        if len(pulled) > MOST_REPOSITORIES:
            raise self._too_large(max(pulled))
        return sorted(found | {need for need in pulled if need not in self._answers})

    def answer(self, need: Need, snapshot: Snapshot) -> None:
        """Tell what a revision is."""
        self._answers[need] = snapshot

    def pin_of(self, need: Need) -> LockedModel | None:
        """What was locked for a revision before, whether it may move now or not."""
        mentions: set[Mention] = self._needs().get(need, set())
        return self._earlier.pin_of(need, sorted({one.model for one in mentions}))

    def undrafted(self) -> list[Pull]:
        """What is to be locked, as far as it is known, and is not yet as it shall be."""
        return [
            pull
            for pull in self._pulls()
            if pull.id not in self._drafted
            or pull.paths != {file.path for file in self._drafted[pull.id].files}
        ]

    def draft(self, pull: Pull, model: LockedModel) -> None:
        """Tell the locked model that came of a pull; its key is still open."""
        self._drafted[pull.id] = model
        self._references.pop(pull.id, None)

    def finish(self) -> dict[str, LockedModel]:
        """The models of the lock by key, once there is nothing left to read, ask or draft.

        Raises ClosureConflictError.
        """
        edges: dict[Id, set[Id]] = {}
        revisions: dict[Id, set[str]] = {}
        for one, other in self._earlier.edges():
            edges.setdefault(one, set()).add(other)
        for need, mentions in self._needs().items():
            target = self._target(need, mentions)
            revisions.setdefault(target, set()).add(need.revision)
            for mention in mentions:
                edges.setdefault(mention.model, set()).add(target)
        kept = self._earlier.kept()
        for one, model in kept.items():
            revisions.setdefault(one, set()).add(model.revision or DEFAULT_REVISION)
        return keyed(
            Graph(
                models={**kept, **self._drafted, **self._declared},
                edges={one: frozenset(others) for one, others in edges.items()},
                revisions={one: frozenset(names) for one, names in revisions.items()},
            )
        )

    def trace(self, error: ModellockError, need: Need) -> None:
        """Add to an error the chain that leads to what failed, and the model that it begins with.

        `need` is one that was asked about: somebody's, or what a declared model is.
        """
        needs = self._needs()
        led = need if need in needs else min(one for one in needs if one.place == need.place)
        first = min(needs[led])
        lines = [*self._way_to(first.model, frozenset()), self._line(first, led)]
        error.args = ("\n".join([str(error), *lines]),)
        error.model = lines[0].strip().partition("/")[0]

    def _disturb(self, place: Place) -> None:
        for one in self._earlier.disturb(place):
            self._references.pop(one, None)

    def _serving(self, place: Place) -> list[LockedModel]:
        models = (self._declared[name] for name in sorted(self._declared))
        return [one for one in models if is_hub_model(one) and place_of(one) == place]

    def _needs(self) -> dict[Need, set[Mention]]:
        """All references that are not as they were before, by what they refer to."""
        needs: dict[Need, set[Mention]] = {}
        for one, references in sorted(self._references.items()):
            model = self._model(one)
            for reference in references:
                place = _place(model, reference)
                if not self._earlier.leads(one, place):
                    need = Need(place, reference.revision)
                    needs.setdefault(need, set()).add(Mention(one, reference))
        return needs

    def _model(self, one: Id) -> LockedModel:
        return self._declared.get(one) or self._drafted.get(one) or self._earlier.kept()[one]

    def _pulls(self) -> list[Pull]:
        pulls: dict[Id, Pull] = {}
        for need, mentions in sorted(self._needs().items()):
            snapshot = self._answers.get(need)
            if snapshot is None or self._serving(need.place):
                continue
            one = id_at(need.place, snapshot.commit or "")
            paths = self._paths(need, mentions, snapshot)
            first = pulls.setdefault(one, Pull(id=one, need=need, snapshot=snapshot, paths=paths))
            pulls[one] = Pull(
                id=one, need=first.need, snapshot=first.snapshot, paths=first.paths | paths
            )
        return list(pulls.values())

    def _paths(self, need: Need, mentions: Iterable[Mention], snapshot: Snapshot) -> frozenset[str]:
        try:
            found = [files_for(one.reference, snapshot.files) for one in sorted(mentions)]
        except ModellockError as error:
            self.trace(error, need)
            error.hint = _declare_hint(need)
            raise
        return frozenset().union(*found)

    def _target(self, need: Need, mentions: Iterable[Mention]) -> Id:
        declared = self._serving(need.place)
        if not declared:
            return id_at(need.place, self._answers[need].commit or "")
        try:
            return server_of(need, sorted(mentions), declared, self._answers).name
        except ModellockError as error:
            self.trace(error, need)
            raise

    def _too_large(self, need: Need) -> ModellockError:
        error = SelectionError(
            f"the closure has more than {MOST_REPOSITORIES} repositories",
            hint="`closure = false` below a model leaves out what it refers to",
        )
        self.trace(error, need)
        return error

    def _way_to(self, one: Id, seen: frozenset[Id]) -> list[str]:
        """One line a reference, from a declared model to this one."""
        if one in self._declared or one in seen:
            return []
        for need, mentions in sorted(self._needs().items()):
            answer = self._answers.get(need)
            if answer is not None and id_at(need.place, answer.commit or "") == one:
                first = min(mentions)
                return [*self._way_to(first.model, seen | {one}), self._line(first, need)]
        above = min(above for above, below in self._earlier.edges() if below == one)
        line = f"  {self._name(above)} refers to {self._name(one)}"
        return [*self._way_to(above, seen | {one}), line]

    def _line(self, mention: Mention, need: Need) -> str:
        reference = mention.reference
        subject = f"{self._name(mention.model)}/{visible(reference.path)}"
        return f"  {subject} refers to {visible(str(need))} ({reference.role})"

    def _name(self, one: Id) -> str:
        model = self._model(one)
        return model.name if model.is_declared else model.origin


def _place(model: LockedModel, reference: Reference) -> Place:
    return Place(model.source or "", reference.repository)


def _is_own(model: LockedModel, reference: Reference) -> bool:
    """Whether a model refers to its own repository, where the selection cares for what it has."""
    if reference.repository != model.origin:
        return False
    return reference.role is Role.CODE or reference.revision == DEFAULT_REVISION


def _declare_hint(need: Need) -> str:
    return (
        f'declare it: `hub = "{visible(need.place.repository)}"` below a table of its own in '
        "models.toml, with the `include` that you want"
    )
