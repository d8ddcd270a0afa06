"""Ask upstream about every model that models.lock does not satisfy, all of them at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

from modellock.decisions.cutoff import Cutoff
from modellock.decisions.mirroring import named_hosts
from modellock.decisions.relocking import Step
from modellock.documents.manifest import Manifest
from modellock.errors import ModellockError, OfflineError, SeveralErrors
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.crew import work_through
from modellock.shell.limits import once_per_host
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, Fetched, fetch_all
from modellock.sources.opening import OpenSources, open_client
from modellock.values.origins import Kind
from modellock.values.wording import visible
from modellock.verbs.drafting import Draft, draft_model
from modellock.verbs.lock_space import refuse_shortage
from modellock.verbs.lock_unpacking import Unpacked, unpack_all
from modellock.verbs.mirror_places import MirroredVersion, tell_of_mirrors, with_mirrors

Answer = TypeVar("Answer")

MODELS_AT_ONCE = 100
"""Resolving waits for replies and computes nothing; as many as huggingface_hub has connections."""

_MOST_TAGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What upstream said."""

    drafts: Mapping[str, Draft] = field(default_factory=dict)
    """By name of model."""

    fetched: Mapping[str, Fetched] = field(default_factory=dict)
    """By `<model>/<path>`."""

    unpacked: Unpacked = field(default_factory=dict)


def resolve(
    project: Project,
    manifest: Manifest,
    asked: Sequence[Step],
    settings: Settings,
    reporter: Reporter,
    cutoff: Cutoff | None,
) -> Resolved:
    """Choose versions, and fetch the files whose digests nobody tells.

    Raises the error of the one model that failed, or SeveralErrors; OfflineError before any.
    """
    if not asked:
        return Resolved()
    refuse_offline(asked, settings)
    store, settings = Store(settings.store), settings.naming(named_hosts(manifest))
    with open_client(settings, reporter) as client:
        sources = OpenSources(settings, client, reporter, directory=project.directory)

        def draft(step: Step) -> Draft:
            source = sources.of_spec(step.spec, manifest)
            return draft_model(step, source, manifest, store, cutoff)

        drafts, errors = ask_all(asked, draft, reporter, client.stop)
        raise_any(errors)
        _tell(drafts, reporter)
        fetches = [fetch for one in drafts for fetch in fetches_of(one, manifest, settings)]
        refuse_shortage(store, fetches)
        done, errors = fetch_all(store, client, fetches, reporter, jobs=settings.jobs)
        tell_of_mirrors(done, reporter)
        raise_any(errors)
        fetched = {one.fetch.subject: one for one in done}
        unpacked, errors = unpack_all(drafts, fetched, store, reporter, client.stop)
    raise_any(errors)
    return Resolved(
        drafts={one.spec.name: one for one in drafts}, fetched=fetched, unpacked=unpacked
    )


def fetches_of(draft: Draft, manifest: Manifest, settings: Settings) -> list[Fetch]:
    """What a draft must fetch; what was chosen is never asked of a mirror, its bytes are."""
    spec, snapshot = draft.spec, draft.snapshot
    version = MirroredVersion(
        name=spec.name, version=snapshot.version, tag=snapshot.tag, commit=snapshot.commit
    )
    mirrors = (*spec.mirrors, *manifest.settings.mirrors)
    within = f"{spec.name}/"
    return [
        with_mirrors(
            fetch, version, fetch.subject.removeprefix(within), mirrors, settings.endpoints
        )
        for fetch in draft.fetches
    ]


def ask_all(
    asked: Sequence[Step], question: Callable[[Step], Answer], reporter: Reporter, stop: Event
) -> tuple[list[Answer], list[ModellockError]]:
    """Put a question about each model, many at once; the answers in order, and the failures.

    `stop` is set by whatever interrupts that; questions hear it.
    """

    def put(step: Step, _stop: Event) -> Answer | ModellockError:
        name = step.spec.name
        reporter.resolving(name)
        try:
            answer = question(step)
        except ModellockError as error:
            error.model = error.model or name
            return error
        reporter.resolved(name)
        return answer

    outcomes = work_through(asked, put, jobs=MODELS_AT_ONCE, pulse=reporter.pulse, stop=stop)
    errors = [one for one in outcomes if isinstance(one, ModellockError)]
    return [one for one in outcomes if not isinstance(one, ModellockError)], errors


def raise_any(errors: Sequence[ModellockError]) -> None:
    """Raise the one error there is, or all of them; of those that a host's limit caused one."""
    told = once_per_host(errors)
    if len(told) == 1:
        raise told[0]
    if told:
        raise SeveralErrors(told)


def refuse_offline(asked: Sequence[Step], settings: Settings) -> None:
    """Raise OfflineError with the models that only a network could tell about."""
    remote = [step.spec.name for step in asked if step.spec.kind is not Kind.LOCAL]
    if settings.offline and remote:
        names = ", ".join(remote)
        raise OfflineError(
            f"{names}: not in models.lock as models.toml asks, and {settings.offline_cause} "
            "turns the network off",
            hint="run `modellock lock` where there is a network",
        )


def _tell(drafts: Sequence[Draft], reporter: Reporter) -> None:
    for draft in drafts:
        for pattern in draft.selection.idle_patterns:
            reporter.warning(f"{draft.spec.name}: {pattern!r} matches no file")
        if draft.unversioned:
            reporter.detail(f"{draft.spec.name}: no versions: {_listed(draft.unversioned)}")


def _listed(tags: Sequence[str]) -> str:
    shown = ", ".join(visible(tag) for tag in tags[:_MOST_TAGS])
    more = len(tags) - _MOST_TAGS
    return f"{shown} and {more} more" if more > 0 else shown
