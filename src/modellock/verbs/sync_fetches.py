"""What a sync must fetch, from which places, and what it does without any."""

from collections.abc import Iterable, Mapping, Sequence

from modellock.decisions.condensing import condensed
from modellock.decisions.drift import fetched_files
from modellock.documents.keys import Mirror
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.state import State, Target
from modellock.errors import ModellockError, OfflineError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.crew import work_through
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, fetch_all
from modellock.sources import Location
from modellock.sources.opening import OpenSources, open_client
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from modellock.values.wording import count_words, size_words
from modellock.verbs.mirror_places import is_at_hand, mirror_locations, tell_of_mirrors
from modellock.verbs.sync_replacements import explain_replacements

Held = Sequence[tuple[LockedModel, LockedFile]]
"""The locked files that have the same bytes."""
_MOST_NAMED = 10

Holders = dict[Digest, list[tuple[LockedModel, LockedFile]]]
"""The same, by digest."""


def holders_of(models: Iterable[LockedModel], missing: Mapping[Digest, int]) -> Holders:
    """Which selected models can say where the missing blobs are; any of them will do.

    Of a model with archives only these are anywhere.
    """
    holders: Holders = {}
    for model in models:
        for file in fetched_files(model):
            if file.digest in missing:
                holders.setdefault(file.digest, []).append((model, file))
    return holders


def fetch_missing(
    project: Project,
    store: Store,
    holders: Holders,
    mirrors: Sequence[Mirror],
    settings: Settings,
    reporter: Reporter,
) -> list[ModellockError]:
    """Fetch each blob once; returns what failed, and everything else is in the store then.

    `mirrors` are those of all models.
    """
    errors: list[ModellockError] = []
    if settings.offline:
        at_hand = {
            digest: held for digest, held in holders.items() if _is_at_hand(held, mirrors, settings)
        }
        far = {digest: held for digest, held in holders.items() if digest not in at_hand}
        errors, holders = _offline_errors(far, settings), at_hand
    if not holders:
        return errors
    with open_client(settings, reporter) as client:
        sources = OpenSources(settings, client, reporter, directory=project.directory)
        fetches = [_fetch(held, sources, mirrors, settings) for held in holders.values()]
        done, failed = fetch_all(store, client, fetches, reporter, jobs=settings.jobs)
        tell_of_mirrors(done, reporter)
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


def places_of(project: Project, state: State) -> dict[str, Target]:
    """What lies where, as a project's state says: by absolute directory."""
    return {name or project.directory: target for name, target in state.targets.items()}


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
    held: Held, sources: OpenSources, mirrors: Sequence[Mirror], settings: Settings
) -> Fetch:
    model, file = held[0]
    origins: list[Location] = []
    for holder, twin in held:
        if holder.kind is Kind.LOCAL or not settings.offline:
            origins += sources.of_model(holder).locations(holder, twin.path, twin.asset_id)
    further = _further(held, mirrors, settings)
    if settings.offline:
        further = [place for place in further if is_at_hand(place, file.size)]
    return Fetch(
        subject=_subject(held),
        model=model.name,
        kind=model.kind,
        digest=file.digest,
        size=file.size,
        git_sha1=None,
        locations=tuple(dict.fromkeys([*origins, *further])),
        gated=model.gated,
    )


def _further(held: Held, mirrors: Sequence[Mirror], settings: Settings) -> list[Location]:
    """What comes after the origins of all models that have the file."""
    return [
        place
        for holder, twin in held
        for place in mirror_locations(holder, twin, mirrors, settings.endpoints)
    ]


def _subject(held: Held) -> str:
    model, file = held[0]
    return f"{model.name}/{file.path}"


def _is_at_hand(held: Held, mirrors: Sequence[Mirror], settings: Settings) -> bool:
    """Whether no network is needed."""
    size = held[0][1].size
    return any(model.kind is Kind.LOCAL for model, _ in held) or any(
        is_at_hand(place, size) for place in _further(held, mirrors, settings)
    )


def _offline_errors(holders: Holders, settings: Settings) -> list[ModellockError]:
    """One for each model, with what it lacks and how large that is, the largest first."""
    lacking: dict[str, list[LockedFile]] = {}
    for held in holders.values():
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
