"""Note that models.lock fits models.toml, for the next `lock`, which then has nothing to ask."""

import os
from contextlib import suppress

from modellock._version import __version__
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import Lock
from modellock.errors import ModellockError
from modellock.shell.project import Project
from modellock.shell.settled import NOTE_NAME, Settled, format_note
from modellock.shell.state_file import write_note


def note_settled(project: Project, manifest_text: str, lock: Lock) -> None:
    """Remember the two texts as they are now; where that cannot be written, nobody misses it."""
    models = lock.models.values()
    settled = Settled(
        len(models),
        sum(len(model.files) for model in models),
        sum(model.size for model in models),
    )
    lock_text = format_lock(lock)
    with suppress(ModellockError):
        write_note(
            project,
            os.path.basename(NOTE_NAME),
            lambda inode: format_note(__version__, manifest_text, lock_text, settled, inode=inode),
        )
