"""The places that mirrors add to those of an origin, and what is said once they were needed."""

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from modellock.decisions.fallbacks import Rescue, remarks_on
from modellock.decisions.mirroring import named_hosts, places_of
from modellock.documents.keys import Mirror
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.mirrors import Mirrored
from modellock.errors import InputError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Endpoints, Settings
from modellock.shell.local_files import SCHEME, path_of_url
from modellock.shell.project import Project
from modellock.shell.transfer import Fetch, Fetched
from modellock.sources import Location
from modellock.values.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredVersion:
    """A version that is being locked, as far as mirrors go by it."""

    name: str
    version: str | None
    tag: str | None
    commit: str | None


def mirror_locations(
    model: LockedModel, file: LockedFile, mirrors: Sequence[Mirror], endpoints: Endpoints
) -> list[Location]:
    """Where a locked file is at its model's own mirrors, and then at those of all models."""
    every = (*model.mirrors, *mirrors)
    return _locations(model, file.path, file.digest, every, endpoints)


def with_mirrors(
    fetch: Fetch, model: Mirrored, path: str, mirrors: Sequence[Mirror], endpoints: Endpoints
) -> Fetch:
    """A fetch of a file that is being locked, with its mirrors where a sha256 is known for it."""
    if fetch.digest is None:
        return fetch
    further = _locations(model, path, fetch.digest, mirrors, endpoints)
    return replace(fetch, locations=(*fetch.locations, *further))


def _locations(
    model: Mirrored, path: str, digest: Digest, mirrors: Iterable[Mirror], endpoints: Endpoints
) -> list[Location]:
    places = places_of(model, path, digest, mirrors, endpoints)
    return [Location(url=place.url, mirror=place.mirror) for place in places]


def is_at_hand(location: Location, size: int) -> bool:
    """Whether a place is a file of this machine, of that size, and there."""
    if not location.url.startswith(SCHEME):
        return False
    try:
        status = os.stat(path_of_url(location.url))
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size


def tell_of_mirrors(fetched: Iterable[Fetched], reporter: Reporter) -> None:
    """Warn once of each place that was left for a mirror, or for another one."""
    rescues = [
        Rescue(
            model=one.fetch.model,
            subject=one.fetch.subject,
            mirror=one.mirror,
            failures=one.failures,
        )
        for one in fetched
        if one.mirror is not None
    ]
    for remark in remarks_on(rescues):
        reporter.warning(remark.message, hint=remark.hint)


def naming_hosts(project: Project, settings: Settings) -> Settings:
    """The settings with the hosts that models.toml names, as far as it can be read."""
    if project.has_manifest():
        with suppress(InputError):
            return settings.naming(named_hosts(project.read_manifest()))
    return settings
