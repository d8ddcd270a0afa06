"""Bring what a lock's models refer to into it: ask, fetch and read until nothing is open."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from threading import Event

from modellock.decisions.closure import Pull, Walk
from modellock.decisions.closure_earlier import Earlier
from modellock.decisions.closure_needs import Need, is_hub_model, place_of
from modellock.decisions.cutoff import Cutoff
from modellock.decisions.identity import check_repository
from modellock.decisions.mirroring import named_hosts
from modellock.decisions.references import LARGEST_CONFIGURATION, may_refer, references_in
from modellock.decisions.relocking import Step
from modellock.decisions.selection import Selection
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.manifest import Manifest, Spec
from modellock.documents.offers import Snapshot
from modellock.documents.project_settings import Layout
from modellock.errors import ModellockError, NotFoundError, OfflineError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.crew import work_through
from modellock.shell.httpclient import HttpClient
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, Fetched, fetch_all
from modellock.sources.opening import OpenSources, open_client
from modellock.values.origins import Kind
from modellock.values.wording import visible
from modellock.verbs.choosing import Choice, choose_snapshot
from modellock.verbs.drafting import Draft, content_in, draft_selected, locked_from
from modellock.verbs.lock_turn import Turn
from modellock.verbs.mirror_places import mirror_locations, tell_of_mirrors
from modellock.verbs.resolving import MODELS_AT_ONCE, fetches_of, raise_any


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """What it takes to ask."""

    project: Project
    manifest: Manifest
    settings: Settings
    reporter: Reporter
    cutoff: Cutoff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A lock's models, those that others refer to among them."""

    models: Mapping[str, LockedModel]
    """By key, sorted."""

    fetched: int = 0
    """Bytes."""


def close_over(
    models: Mapping[str, LockedModel],
    before: Mapping[str, LockedModel],
    turn: Turn,
    upstream: Upstream,
) -> Closed:
    """Add what declared models refer to. Makes no request where nothing changed.

    Raises ClosureConflictError, SelectionError, OfflineError, and whatever asking and
    fetching raise, each with the chain of references that led there.
    """
    earlier = Earlier(before, models, fresh=turn.fresh, moving=turn.moving)
    walk = Walk(models.values(), earlier)
    for name, snapshot in turn.snapshots.items():
        if is_hub_model(models[name]):
            walk.answer(Need(place_of(models[name]), models[name].commit or ""), snapshot)
    with ExitStack() as stack:
        closing = _Closing(walk, earlier, turn, upstream, stack)
        while closing.advance():
            pass
    return Closed(models=walk.finish(), fetched=closing.fetched)


class _Closing:
    def __init__(
        self, walk: Walk, earlier: Earlier, turn: Turn, upstream: Upstream, stack: ExitStack
    ) -> None:
        self._walk = walk
        self._earlier = earlier
        self._turn = turn
        self._upstream = upstream
        self._stack = stack
        self._store = Store(upstream.settings.store)
        self._line: tuple[HttpClient, OpenSources] | None = None
        self.fetched = 0

    def advance(self) -> bool:
        """Do what the walk wants next; False where it wants nothing more."""
        unread, questions = self._walk.unread(), self._walk.questions()
        if unread:
            self._read(unread)
        elif questions:
            self._ask(questions)
        elif pulls := self._walk.undrafted():
            self._draft(pulls)
        else:
            return False
        return True

    def _read(self, models: Sequence[LockedModel]) -> None:
        wanted = [(model, file) for model in models for file in _configuration_of(model)]
        lacking = [one for one in wanted if not self._store.has(one[1].digest, one[1].size)]
        if lacking:
            self._fetch([self._fetch_of(model, file) for model, file in lacking])
        for model in models:
            self._walk.read(
                model,
                [
                    reference
                    for file in _configuration_of(model)
                    for reference in references_in(file.path, content_in(self._store, file))
                ],
            )

    def _ask(self, questions: Sequence[Need]) -> None:
        steps = {need: self._step(need) for need in questions}
        client, sources = self._open(questions[0].place.repository)

        def ask(need: Need, _stop: Event) -> Snapshot | ModellockError:
            try:
                return self._snapshot(need, steps[need], sources)
            except ModellockError as error:
                return error

        answers = work_through(
            questions,
            ask,
            jobs=MODELS_AT_ONCE,
            pulse=self._upstream.reporter.pulse,
            stop=client.stop,
        )
        errors = []
        for need, answer in zip(questions, answers, strict=True):
            if isinstance(answer, ModellockError):
                self._trace(answer, need)
                errors.append(answer)
            else:
                self._walk.answer(need, answer)
        raise_any(errors)

    def _step(self, need: Need) -> Step:
        pin = self._walk.pin_of(need)
        return Step(
            spec=_spec_of(need),
            pinned=pin,
            keeps_pin=pin is not None and not self._earlier.may_move(pin),
            accepts_identity=pin is not None and pin.name in self._turn.named,
        )

    def _snapshot(self, need: Need, step: Step, sources: OpenSources) -> Snapshot:
        repository, reporter = need.place.repository, self._upstream.reporter
        reporter.resolving(repository)
        source = sources.of_spec(step.spec, self._upstream.manifest)
        snapshot = choose_snapshot(step, source, self._upstream.cutoff).snapshot
        check_repository(step, snapshot)
        if snapshot.name != repository:
            reporter.detail(f"{repository}: answers as {visible(snapshot.name)}")
        reporter.resolved(repository)
        return snapshot

    def _draft(self, pulls: Sequence[Pull]) -> None:
        sources = self._open(pulls[0].need.place.repository)[1]
        drafts = [self._draft_of(pull, sources) for pull in pulls]
        manifest, settings = self._upstream.manifest, self._upstream.settings
        fetches = [fetches_of(draft, manifest, settings) for draft in drafts]
        done = self._fetch([one for wanted in fetches for one in wanted], pulls)
        for pull, draft, wanted in zip(pulls, drafts, fetches, strict=True):
            own = {one.fetch.subject: one for one in done if one.fetch in wanted}
            try:
                model = locked_from(draft, own, self._store)
            except ModellockError as error:
                self._walk.trace(error, pull.need)
                raise
            revision = pull.need.revision
            self._walk.draft(pull, replace(model, revision=revision, layout=Layout.HF_CACHE))

    def _draft_of(self, pull: Pull, sources: OpenSources) -> Draft:
        step = self._step(pull.need)
        files = tuple(file for file in pull.snapshot.files if file.path in pull.paths)
        return draft_selected(
            step,
            Choice(snapshot=pull.snapshot),
            Selection(files=tuple(sorted(files, key=lambda file: file.path))),
            sources.of_spec(step.spec, self._upstream.manifest),
            self._upstream.manifest,
            self._store,
        )

    def _fetch(self, fetches: Sequence[Fetch], pulls: Iterable[Pull] = ()) -> list[Fetched]:
        if not fetches:
            return []
        client, _ = self._open(fetches[0].model)
        settings, reporter = self._upstream.settings, self._upstream.reporter
        done, errors = fetch_all(self._store, client, fetches, reporter, jobs=settings.jobs)
        tell_of_mirrors(done, reporter)
        needs = {pull.need.place.repository: pull.need for pull in pulls}
        for error in errors:
            if error.model in needs:
                self._trace(error, needs[error.model])
        raise_any(errors)
        self.fetched += sum(one.size for one in done)
        return done

    def _fetch_of(self, model: LockedModel, file: LockedFile) -> Fetch:
        source = self._open(model.name)[1].of_model(model)
        mirrors = self._upstream.manifest.settings.mirrors
        endpoints = self._upstream.settings.endpoints
        further = mirror_locations(model, file, mirrors, endpoints)
        return Fetch(
            subject=f"{model.name}/{file.path}",
            model=model.name,
            kind=model.kind,
            digest=file.digest,
            size=file.size,
            locations=(*source.locations(model, file.path), *further),
            gated=model.gated,
        )

    def _trace(self, error: ModellockError, need: Need) -> None:
        self._walk.trace(error, need)
        if isinstance(error, NotFoundError):
            error.hint = f"write `closure = false` below [models.{error.model}] to go without it"

    def _open(self, subject: str) -> tuple[HttpClient, OpenSources]:
        """The line upstream, once there is something to ask. Raises OfflineError."""
        upstream = self._upstream
        settings = upstream.settings
        if settings.offline:
            raise OfflineError(
                f"{subject}: what models refer to is not known, and {settings.offline_cause} "
                "turns the network off",
                hint="run `modellock lock` where there is a network",
                model=subject,
            )
        if self._line is None:
            named = settings.naming(named_hosts(upstream.manifest))
            client = self._stack.enter_context(open_client(named, upstream.reporter))
            directory = upstream.project.directory
            sources = OpenSources(settings, client, upstream.reporter, directory=directory)
            self._line = (client, sources)
        return self._line


def _spec_of(need: Need) -> Spec:
    repository = need.place.repository
    return Spec(
        name=repository,
        kind=Kind.HUB,
        origin=repository,
        source=need.place.source or None,
        revision=need.revision,
    )


def _configuration_of(model: LockedModel) -> list[LockedFile]:
    """The files that may refer to other repositories."""
    return [
        file for file in model.files if may_refer(file.path) and file.size <= LARGEST_CONFIGURATION
    ]
