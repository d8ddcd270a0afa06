"""The markers that git leaves in a file whose merge is unfinished, and what they hold apart."""

from dataclasses import dataclass

_OURS, _BASE, _THEIRS, _END = "<<<<<<< ", "||||||| ", "=======", ">>>>>>> "
_MARKERS = (_OURS, _END)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The texts that a merge could not bring together, each whole."""

    ours: str
    theirs: str
    ours_label: str
    """What git calls the side, such as `HEAD` or `Updated upstream`."""

    theirs_label: str


def conflict_marker(text: str) -> int | None:
    """The line of the first conflict marker, counted from 1; None where there is none."""
    if not any(marker in text for marker in _MARKERS):
        return None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(_MARKERS):
            return number
    return None


def sides_of(text: str) -> Sides:
    """Take the sides of a text with conflict markers apart.

    ValueError with the line where the markers are not those of whole conflicts. What `diff3` style
    shows of the common ancestor belongs to neither side (git-merge, "How conflicts are presented").
    """
    ours: list[str] = []
    theirs: list[str] = []
    labels = {_OURS: "", _END: ""}
    within: str | None = None
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        marker = _marker_of(line, within)
        if marker is None:
            if within in (None, _OURS):
                ours.append(line)
            if within in (None, _THEIRS):
                theirs.append(line)
            continue
        if within not in _BEFORE[marker]:
            raise ValueError(f"line {number} is a conflict marker where none can be")
        labels[marker] = line[len(marker) :].strip()
        within = None if marker == _END else marker
    if within is not None:
        raise ValueError("the last conflict has no end")
    return Sides(
        ours="".join(ours),
        theirs="".join(theirs),
        ours_label=labels[_OURS],
        theirs_label=labels[_END],
    )


_BEFORE: dict[str, tuple[str | None, ...]] = {
    _OURS: (None,),
    _BASE: (_OURS,),
    _THEIRS: (_OURS, _BASE),
    _END: (_THEIRS,),
}


def _marker_of(line: str, within: str | None) -> str | None:
    if line.startswith(_MARKERS):
        return line[: len(_OURS)]
    if within is None:
        return None
    if line.startswith(_BASE) or line.rstrip("\r\n") == _BASE.strip():
        return _BASE
    return _THEIRS if line.rstrip("\r\n") == _THEIRS else None
