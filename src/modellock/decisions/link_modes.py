"""How files are made, where a project or a flag asks for a link mode."""

from modellock.documents.project_settings import LinkMode


def link_mode_of(asked: LinkMode, *, in_cache: bool, is_private: bool) -> LinkMode:
    """The mode for a model's files, in a Hub's cache or elsewhere.

    `is_private` says of the store that it goes once all is placed.
    """
    if is_private:
        # Nothing is left to share with: each file is its model's own, however it was asked for.
        return LinkMode.AUTO
    if in_cache and asked is LinkMode.SYMLINK:
        # There `hf cache rm` deletes what symbolic links lead to.
        return LinkMode.AUTO
    return asked


def adopting_mode_of(asked: LinkMode) -> LinkMode:
    """How files of others come into a store, where its own come out of it by a mode.

    Who wants no file that shares anything with the store wants none that comes in so.
    """
    return asked if asked in (LinkMode.COPY, LinkMode.REFLINK) else LinkMode.AUTO
