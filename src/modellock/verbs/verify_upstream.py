"""Whether upstream still has what models.lock pins, and says the same of it. Fetches no weights."""

from collections.abc import Sequence
from threading import Event

from modellock.decisions.drift import fetched_files
from modellock.documents.lockfile import Lock, LockedModel
from modellock.errors import ModellockError, OfflineError, UnknownNameError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.crew import work_through
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.transfer import fetch_all
from modellock.sources.opening import OpenSources, open_client
from modellock.values.origins import Kind
from modellock.values.wording import did_you_mean
from modellock.verbs.mirror_places import naming_hosts
from modellock.verbs.upstream_answer import UpstreamAnswer, ask_upstream
from modellock.verbs.upstream_result import UpstreamResult

_MODELS_AT_ONCE = 32


def verify_upstream(
    project: Project, settings: Settings, reporter: Reporter, names: Sequence[str] = ()
) -> UpstreamResult:
    """Ask upstream about every locked model, or about those named, whatever their groups.

    What differs is in the result. Raises MissingLockError, InputError, OfflineError.
    """
    models = _named(project.read_lock(), names)
    _refuse_offline(models, settings)
    settings = naming_hosts(project, settings)
    store = Store(settings.store)
    with open_client(settings, reporter) as client:
        sources = OpenSources(settings, client, reporter, directory=project.directory)

        def ask(model: LockedModel, _stop: Event) -> UpstreamAnswer:
            reporter.resolving(model.name)
            answer = ask_upstream(model, sources.of_model(model), client, store)
            reporter.resolved(model.name)
            return answer

        answers = work_through(
            models, ask, jobs=_MODELS_AT_ONCE, pulse=reporter.pulse, stop=client.stop
        )
        fetches = [fetch for answer in answers for fetch in answer.fetches]
        fetched, errors = fetch_all(store, client, fetches, reporter, jobs=settings.jobs)
    return _result(models, answers, errors, fetched=sum(one.size for one in fetched))


def _result(
    models: Sequence[LockedModel],
    answers: Sequence[UpstreamAnswer],
    errors: Sequence[ModellockError],
    *,
    fetched: int,
) -> UpstreamResult:
    findings = [*(finding for answer in answers for finding in answer.findings), *errors]
    files = [file for model in models for file in fetched_files(model)]
    return UpstreamResult(
        models=len(models),
        files=len(files),
        size=sum(file.size for file in files),
        findings=tuple(sorted(findings, key=lambda error: (error.model or "", str(error)))),
        warnings=tuple(answer.warning for answer in answers if answer.warning is not None),
        unsure=tuple(path for answer in answers for path in answer.unsure),
        fetched=fetched,
    )


def _named(lock: Lock, names: Sequence[str]) -> tuple[LockedModel, ...]:
    for name in names:
        if name not in lock.models:
            hint = did_you_mean(name, lock.models)
            raise UnknownNameError(f"{name!r} is not a model of models.lock", hint=hint)
    return tuple(model for model in lock.models.values() if not names or model.name in names)


def _refuse_offline(models: Sequence[LockedModel], settings: Settings) -> None:
    if settings.offline and any(model.kind is not Kind.LOCAL for model in models):
        raise OfflineError(
            f"upstream cannot be asked: {settings.offline_cause} turns the network off",
            hint="run `modellock verify --upstream` where there is a network",
        )
