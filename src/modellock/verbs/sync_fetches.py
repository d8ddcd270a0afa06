"""What a sync must fetch, from which places, and what it does without any."""

from collections.abc import Iterable, Mapping, Sequence

from modellock.decisions.condensing import condensed
from modellock.decisions.layouts import made_contents
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.project_settings import ProjectSettings
from modellock.documents.state import Target
from modellock.errors import ModellockError, OfflineError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.crew import work_through
from modellock.shell.httpclient import HttpClient
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, fetch_all
from modellock.sources.opening import OpenSources
from modellock.values.digest import ContentHasher, Digest
from modellock.values.origins import Kind
from modellock.values.wording import count_words, size_words
from modellock.verbs.sync_replacements import explain_replacements

_MOST_NAMED = 10

Holders = dict[Digest, list[tuple[LockedModel, LockedFile]]]
"""The locked files that have the same bytes, by digest."""


def holders_of(models: Iterable[LockedModel], missing: Mapping[Digest, int]) -> Holders:
    """Which selected models can say where the missing bytes are; any of them will do."""
    holders: Holders = {}
    for model in models:
        for file in model.files:
            if file.digest in missing:
                holders.setdefault(file.digest, []).append((model, file))
    return holders


def fetch_missing(
    project: Project, store: Store, holders: Holders, settings: Settings, reporter: Reporter
) -> list[ModellockError]:
    """Fetch each blob once; returns what failed, and everything else is in the store then."""
    errors: list[ModellockError] = []
    if settings.offline:
        errors = _offline_errors(holders, settings)
        holders = {digest: held for digest, held in holders.items() if _is_local(held)}
    if not holders:
        return errors
    with HttpClient(
        token_for=settings.token_for, reporter=reporter, limit_rate=settings.limit_rate
    ) as client:
        sources = OpenSources(settings, client, reporter, directory=project.directory)
        fetches = [_fetch(digest, held, sources) for digest, held in holders.items()]
        _, failed = fetch_all(store, client, fetches, reporter, jobs=settings.jobs)
        if failed:
            suspects = {_subject(held): held[0] for held in holders.values()}
            (explained,) = work_through(
                [failed],
                lambda errors, _: explain_replacements(errors, suspects, sources),
                jobs=1,
                pulse=reporter.pulse,
                stop=client.stop,
            )
            failed = condensed(explained)
    return [*errors, *failed]


def make_files(
    store: Store,
    models: Iterable[LockedModel],
    settings: ProjectSettings,
    missing: Mapping[Digest, int],
) -> None:
    """Publish what nobody serves, such as the refs of a Hub's cache, to a store that lacks it."""
    for digest, content in made_contents(models, settings).items():
        if digest in missing:
            hasher = ContentHasher()
            hasher.update(content)
            with store.stage(digest) as staging:
                staging.write(content)
                staging.publish(hasher)


def take_back(store: Store, places: Mapping[str, Target], lacking: Mapping[Digest, int]) -> None:
    """Give a store the blobs it lost from placed files; `places` by absolute directory."""
    left = set(lacking)
    for directory, target in places.items():
        for path, file in target.files.items():
            digest, full = file.digest, f"{directory}/{path}"
            if digest in left and store.take_in(full, digest, lacking[digest]):
                left.remove(digest)


def subjects(holders: Holders) -> dict[str, int]:
    """Bytes to fetch, by `<model>/<path>`."""
    return {_subject(held): held[0][1].size for held in holders.values()}


def _fetch(
    digest: Digest, held: Sequence[tuple[LockedModel, LockedFile]], sources: OpenSources
) -> Fetch:
    model, file = held[0]
    locations = [
        location
        for holder, twin in held
        for location in sources.of_model(holder).locations(holder, twin.path, twin.asset_id)
    ]
    return Fetch(
        subject=_subject(held),
        model=model.name,
        kind=model.kind,
        digest=digest,
        size=file.size,
        git_sha1=None,
        locations=tuple(dict.fromkeys(locations)),
        gated=model.gated,
    )


def _subject(held: Sequence[tuple[LockedModel, LockedFile]]) -> str:
    model, file = held[0]
    return f"{model.name}/{file.path}"


def _is_local(held: Sequence[tuple[LockedModel, LockedFile]]) -> bool:
    return any(model.kind is Kind.LOCAL for model, _ in held)


def _offline_errors(holders: Holders, settings: Settings) -> list[ModellockError]:
    """One for each model, with what it lacks and how large that is, the largest first."""
    lacking: dict[str, list[LockedFile]] = {}
    for held in holders.values():
        if not _is_local(held):
            for name, file in {model.name: file for model, file in reversed(held)}.items():
                lacking.setdefault(name, []).append(file)
    return [
        OfflineError(
            f"{name}: {count_words(len(files), 'file')} "
            f"({size_words(sum(file.size for file in files))}) not in the store, "
            f"and {settings.offline_cause} turns the network off{_listed(files)}",
            hint="run `modellock sync` where there is a network",
            model=name,
        )
        for name, files in lacking.items()
    ]


def _listed(files: Sequence[LockedFile]) -> str:
    largest = sorted(files, key=lambda file: (-file.size, file.path))
    lines = [f"\n  {file.path} ({size_words(file.size)})" for file in largest[:_MOST_NAMED]]
    more = len(files) - _MOST_NAMED
    return "".join(lines) + (f"\n  and {more} more" if more > 0 else "")
