"""Files that were cut into parts: what makes one file again, and in which order.

Known are the names that `split` and publishers give: `NAME.part-aa`, `NAME.partaa`, `NAME.part_00`,
`NAME.part1`, `NAME.001`. Not `model-00001-of-00002`: such shards are files of their own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modellock.values.paths import parse_path

MOST_PARTS = 1000
"""That are asked for one after the other; as many as a release of GitHub has assets."""

_PARTS = tuple(
    re.compile(rf"(?P<whole>.*[^/])(?P<mark>{mark})(?P<number>{number})")
    for mark, number in (
        (r"\.part[-_.]?", "[0-9]{1,6}"),
        (r"\.part[-_.]", "[a-z]{2,3}"),
        (r"\.part", "[a-z]{2}"),  # and no more: `.partial` is none
        (r"\.", "[0-9]{3,6}"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file's name, read as that of a part."""

    path: str
    whole: str
    """The name of the file that it is a part of."""

    mark: str
    """What stands between that name and the number."""

    number: str
    """As written: digits, or letters that count from `aa`."""

    @property
    def position(self) -> int:
        """What the number says; letters count from 0."""
        if self.number.isdigit():
            return int(self.number)
        position = 0
        for letter in self.number:
            position = position * 26 + ord(letter) - ord("a")
        return position


@dataclass(frozen=True, slots=True)
class Whole:
    """A file, and the files that it is made of, in order; of itself alone where it was not cut."""

    path: str
    parts: tuple[str, ...]


def read_part(path: str) -> Part | None:
    """What a path says if it is that of a part; None where it is not."""
    found = next((found for part in _PARTS if (found := part.fullmatch(path))), None)
    return None if found is None else Part(path=path, **found.groupdict())


def path_of_part(first: Part, position: int) -> str:
    """The path of another part of the same file, given the first one."""
    width = len(first.number)
    number = f"{position:0{width}d}" if first.number.isdigit() else _letters(position, width)
    return f"{first.whole}{first.mark}{number}"


def _letters(position: int, width: int) -> str:
    letters = ""
    while position or len(letters) < width:
        position, letter = divmod(position, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


def wholes_of(paths: Iterable[str], *, join: bool) -> tuple[Whole, ...]:
    """What files make, sorted by path: each itself, or with `join` the parts of one together.

    ValueError where a part is missing or there twice, no path is that of a part, or what they make
    has a name that is refused.
    """
    if not join:
        return tuple(Whole(path, (path,)) for path in sorted(paths))
    parts: dict[str, list[Part]] = {}
    wholes = []
    for path in paths:
        part = read_part(path)
        if part is None:
            wholes.append(Whole(path, (path,)))
        else:
            parts.setdefault(part.whole, []).append(part)
    if not parts:
        raise ValueError("nothing to join: no file is called like a part, such as `NAME.part-aa`")
    wholes += [Whole(parse_path(whole), _ordered(found)) for whole, found in parts.items()]
    return tuple(sorted(wholes, key=lambda whole: whole.path))


def check_complete(selected: Iterable[str], offered: Iterable[str]) -> None:
    """ValueError where a part of a selected file is offered, and not selected itself."""
    taken = {path: part.whole for path in selected if (part := read_part(path)) is not None}
    wholes = set(taken.values())
    for path in sorted(offered):
        part = read_part(path)
        if part is not None and part.whole in wholes and path not in taken:
            raise ValueError(f"{path!r} is a part of {part.whole!r}, and is not selected")


def _ordered(parts: Sequence[Part]) -> tuple[str, ...]:
    """The paths of one file's parts in order; ValueError where they are not 0 or 1, 2, 3, …."""
    ordered = sorted(parts, key=lambda part: (part.position, part.path))
    first = ordered[0]
    start = first.position
    if start > (1 if first.number.isdigit() else 0):
        raise ValueError(f"the first part of {first.whole!r} is missing: there is {first.path!r}")
    for position, part in enumerate(ordered, start):
        expected = path_of_part(first, position)
        # `part1` to `part10` have no zeros before them, `part01` to `part10` have.
        if part.path != expected:
            raise ValueError(
                f"the parts of {first.whole!r} have a gap, or two ways to count: "
                f"expected {expected!r}, received {part.path!r}"
            )
    return tuple(part.path for part in ordered)
