"""Whether what a lock is about to fetch fits into the store."""

import time
from collections.abc import Sequence

from modellock.decisions.space import Peak, shortage_of
from modellock.shell.disk import disk_errors
from modellock.shell.free_space import tried_disk_of
from modellock.shell.store import Store
from modellock.shell.store_leftovers import remove_leftovers
from modellock.shell.store_partials import begun_in
from modellock.shell.transfer import Fetch


def refuse_shortage(store: Store, fetches: Sequence[Fetch]) -> None:
    """Raise NoSpaceError, with numbers, where what is fetched does not fit beside what is used.

    What comes out of archives is not counted: nobody knows it before they are here.
    """
    sizes = {fetch.digest or fetch.subject: fetch.size or 0 for fetch in fetches}
    begun = begun_in(store, {fetch.digest for fetch in fetches if fetch.digest is not None})
    needed = max(sum(sizes.values()) - begun, 0)
    if not needed:
        return
    remove_leftovers(store, now=time.time())
    with disk_errors(store.root):
        disk = tried_disk_of(store.root)
    shortage = shortage_of([Peak(disk, needed)], command="modellock lock --store DIR")
    if shortage is not None:
        raise shortage
