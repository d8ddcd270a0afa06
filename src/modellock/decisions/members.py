"""What an archive may hold: regular files, and directories on the way to them.

A member says by itself where it wants to be. Nothing of that is believed: its name passes the
parser of all names, and whatever could lead elsewhere, or do more than be read, is refused.
"""

from dataclasses import dataclass
from enum import StrEnum

from modellock.values.paths import fold, parents, parse_path

_SET_ID = 0o6000
"""Of a mode: setuid and setgid (stat.h)."""


class MemberKind(StrEnum):
    """What a member is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMBOLIC_LINK = "symbolic link"
    HARD_LINK = "hard link"
    DEVICE = "device"
    PIPE = "named pipe"
    SOCKET = "socket"
    SPARSE = "sparse file"
    UNKNOWN = "member of an unknown kind"


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive, as its header has it."""

    name: str
    kind: MemberKind
    size: int
    """Bytes of its content."""

    mode: int = 0
    """Permission bits, setuid and setgid among them; 0 where the archive has none."""


class Admission:
    """Judges the members of one archive, one after the other.

    `strip` leading directories are dropped; what is left lies in `directory`.
    """

    def __init__(self, *, strip: int = 0, directory: str = "") -> None:
        self._strip = strip
        self._prefix = f"{directory}/" if directory else ""
        self._files: dict[str, str] = {}
        self._directories: dict[str, str] = {}

    def path_of(self, member: Member) -> str | None:
        """Where a file goes; None for a directory, and for a file of which `strip` leaves nothing.

        ValueError for a member that is refused: it says which, and why.
        """
        name = _plain(member.name)
        if member.kind not in (MemberKind.FILE, MemberKind.DIRECTORY):
            raise ValueError(f"{member.name!r} is a {member.kind}: expected files and directories")
        if not name and member.kind is MemberKind.DIRECTORY:
            return None
        parse_path(name)
        if member.kind is MemberKind.DIRECTORY:
            return None
        if member.mode & _SET_ID:
            raise ValueError(f"{member.name!r} has a setuid or setgid bit")
        stripped = "/".join(name.split("/")[self._strip :])
        if not stripped:
            return None
        path = parse_path(self._prefix + stripped)
        self._check_free(path, member.name)
        return path

    def _check_free(self, path: str, name: str) -> None:
        folded = fold(path)
        other = self._files.get(folded)
        if other is not None:
            why = "stands twice" if other == path else f"differs from {other!r} in case alone"
            raise ValueError(f"{name!r} {why}")
        if folded in self._directories:
            raise ValueError(f"{name!r} is a directory of {self._directories[folded]!r}, too")
        for parent in parents(folded):
            if parent in self._files:
                raise ValueError(f"{name!r} lies below the file {self._files[parent]!r}")
            self._directories.setdefault(parent, path)
        self._files[folded] = path


def name_of(raw: bytes) -> str:
    """A name that an archive has in UTF-8. ValueError where it is not."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{raw.decode(errors='backslashreplace')!r} is not UTF-8") from None


def _plain(name: str) -> str:
    """A name without the `./` before it and the `/` after it that `tar -c .` writes."""
    name = name.removeprefix("./").removesuffix("/")
    return "" if name == "." else name
