"""Where the blobs come from that a plan needs: what is at hand first, and then the network."""

import os
import time
from collections.abc import Mapping

from modellock.decisions.packing import to_fetch
from modellock.decisions.plan import Plan
from modellock.documents.project_settings import LinkMode
from modellock.documents.state import State, Target
from modellock.errors import ModellockError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.cache_blobs import likely_in_cache, take_from_cache
from modellock.shell.project import Project
from modellock.shell.state_file import read_state
from modellock.shell.store import Store
from modellock.shell.store_leftovers import remove_leftovers
from modellock.shell.store_published import renew
from modellock.shell.store_roots import locks_with
from modellock.values.digest import Digest
from modellock.verbs.adopt_result import AdoptedFrom
from modellock.verbs.survey import Scope, Survey
from modellock.verbs.sync_adoption import (
    NOTHING,
    Prospect,
    adopt_found,
    fetched_beside,
    prospect_of,
    sought_for,
)
from modellock.verbs.sync_fetches import (
    fetch_missing,
    holders_of,
    places_of,
    subjects,
    take_back,
)
from modellock.verbs.sync_space import Forecast
from modellock.verbs.sync_unpacking import unpack_missing


class Supply:
    """Fills a store for one target."""

    def __init__(
        self, project: Project, settings: Settings, reporter: Reporter, scope: Scope, store: Store
    ) -> None:
        self._project = project
        self._settings = settings
        self._reporter = reporter
        self._scope = scope
        self._store = store
        self.fetches: Mapping[str, int] = {}
        """Bytes by `<model>/<path>`."""

        self.adopted: tuple[AdoptedFrom, ...] = ()
        """What other programs' caches gave."""

    def lacking(self, plan: Plan) -> dict[Digest, int]:
        """What a plan needs and the store has not, with sizes in bytes."""
        return self._left(plan.needed())

    def fill(self, view: Survey, plan: Plan, link_mode: LinkMode) -> list[ModellockError]:
        """Bring what a part of the surveyed plan needs; returns what failed.

        Raises NoSpaceError, before anything is fetched, where not all of it would fit.
        """
        lacking = self._taken_back(view.state, self.lacking(plan))
        if lacking:
            remove_leftovers(self._store, now=time.time())
        prospect = self._prospect(lacking, link_mode)
        self._refuse_shortage(plan, lacking, link_mode, prospect)
        if prospect.found:
            self.adopted = adopt_found(prospect, self._store, self._reporter)
            lacking = self._left(lacking)
            self._refuse_shortage(plan, lacking, link_mode, NOTHING)
        if self._scope.sharer is not None:
            take_from_cache(self._store, self._scope.base, plan, lacking)
        return self._fetched(self._left(lacking))

    def restore(self, wanted: Mapping[Digest, int]) -> list[ModellockError]:
        """Bring blobs that no path waits for; returns what failed."""
        lacking = self._left(wanted)
        return self._fetched(self._taken_back(read_state(self._project), lacking))

    def _fetched(self, missing: Mapping[Digest, int]) -> list[ModellockError]:
        """Bring what is not at hand; returns what failed."""
        if not missing:
            return []
        models, mirrors = self._scope.models, self._scope.lock.settings.mirrors
        holders = holders_of(models, to_fetch(models, missing, self._has_archive))
        self.fetches = subjects(holders)
        errors = fetch_missing(
            self._project, self._store, holders, mirrors, self._settings, self._reporter
        )
        return [*errors, *unpack_missing(self._store, models, missing, self._reporter)]

    def _has_archive(self, digest: Digest, size: int) -> bool:
        """Whether an archive is here; no root keeps it, so it counts as just used from now on."""
        if not self._store.has(digest, size):
            return False
        renew(self._store.path_of(digest), self._store.mode)
        return self._store.holds(digest, size)

    def _left(self, wanted: Mapping[Digest, int]) -> dict[Digest, int]:
        return {
            digest: size for digest, size in wanted.items() if not self._store.has(digest, size)
        }

    def _taken_back(self, state: State, lacking: Mapping[Digest, int]) -> dict[Digest, int]:
        """What the store still lacks once it has what it lost from placed files.

        Of this project and of its neighbours, which use the same store.
        """
        if not lacking:
            return {}
        missing = self._without(lacking, places_of(self._project, state))
        for lock in locks_with(self._store.root, missing) if missing else ():
            neighbour = Project(os.path.dirname(lock))
            if missing and neighbour.directory != self._project.directory:
                missing = self._without(missing, places_of(neighbour, read_state(neighbour)))
        return missing

    def _prospect(self, lacking: Mapping[Digest, int], link_mode: LinkMode) -> Prospect:
        sought = sought_for(self._scope, lacking, has=self._store.has)
        caches, pulse = self._settings.caches, self._reporter.pulse
        return prospect_of(sought, caches, self._store, link_mode, pulse)

    def _without(
        self, lacking: Mapping[Digest, int], places: Mapping[str, Target]
    ) -> dict[Digest, int]:
        """What the store still lacks once it took what lies at these places."""
        take_back(self._store, places, lacking)
        return self._left(lacking)

    def _refuse_shortage(
        self,
        plan: Plan,
        lacking: Mapping[Digest, int],
        link_mode: LinkMode,
        prospect: Prospect,
    ) -> None:
        missing = dict(lacking)
        if self._scope.sharer is not None:
            for digest in likely_in_cache(self._scope.base, plan, lacking):
                del missing[digest]
        has = self._store.has
        fetched = fetched_beside(self._scope.models, missing, prospect, has=has)
        # Offline, what is missing takes no space, and what is not may still be placed.
        if plan.needed() and not (fetched and self._settings.offline):
            forecast = Forecast(self._scope, self._store, plan, link_mode, prospect=prospect)
            forecast.refuse_shortage(lacking, fetched)
