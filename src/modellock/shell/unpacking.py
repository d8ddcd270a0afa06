"""Archives and single packed files, unpacked as they stream: nothing of them is ever believed."""

from collections.abc import Iterator

from modellock.decisions.expansion import Budget
from modellock.decisions.formats import HEAD, Codec, codec_of, is_tar, is_zip, unpacked_name
from modellock.decisions.members import Admission, Member
from modellock.shell.unpacking_streams import Stream, unpacked
from modellock.shell.unpacking_tar import tar_members
from modellock.shell.unpacking_zip import zip_members
from modellock.shell.volumes import Volume
from modellock.values.paths import parse_path

Content = Iterator[bytes] | Iterator[memoryview] | Iterator[bytes | memoryview]
"""A file's bytes, to be read before the next file is asked for."""

_KNOWN = "tar, zip, gzip, zstd, xz or bzip2"


def files_in(volume: Volume, path: str, *, strip: int) -> Iterator[tuple[str, Content]]:
    """The files that an archive of that path becomes, each with its content.

    Members of a tree lie in the archive's own directory, without `strip` leading directories. Those
    that are asked for and not read are passed over.

    ValueError, which names the member if it is about one, where anything is damaged, refused or too
    large; also at the end, where no file is left. ImportError where a library is missing.
    """
    head = volume.read(0, HEAD)
    budget = Budget(volume.size)
    admission = Admission(strip=strip, directory=path.rpartition("/")[0])
    if is_zip(head):
        yield from _admitted(zip_members(volume), admission, budget, grows=True)
        return
    codec = codec_of(head)
    stream = Stream(_expanded(volume, codec, budget))
    if is_tar(stream.peek(HEAD)):
        yield from _admitted(tar_members(stream), admission, budget, grows=False)
    elif codec is not None:
        yield parse_path(unpacked_name(path, codec)), stream.rest()
    else:
        raise ValueError(f"is not an archive: expected {_KNOWN}")


def _expanded(volume: Volume, codec: Codec | None, budget: Budget) -> Iterator[bytes]:
    if codec is None:
        yield from volume.blocks()
        return
    for block in unpacked(volume.blocks(), codec):
        budget.grow(len(block))
        yield block


def _admitted(
    members: Iterator[tuple[Member, Content]], admission: Admission, budget: Budget, *, grows: bool
) -> Iterator[tuple[str, Content]]:
    """The files among members; `grows` where what they become is not counted yet."""
    none = True
    for member, content in members:
        budget.count_member()
        path = admission.path_of(member)
        if path is not None:
            none = False
            yield path, _counted(content, budget) if grows else content
    if none:
        raise ValueError("has no file, or `strip-components` leaves none")


def _counted(content: Content, budget: Budget) -> Iterator[bytes | memoryview]:
    for block in content:
        budget.grow(len(block))
        yield block
