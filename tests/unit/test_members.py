import pytest

from modellock.decisions.members import Admission, Member, MemberKind


def file(name: str, mode: int = 0o644) -> Member:
    return Member(name, MemberKind.FILE, 1, mode)


def directory(name: str) -> Member:
    return Member(name, MemberKind.DIRECTORY, 0, 0o2755)


def placed(*members: Member, strip: int = 0, below: str = "") -> list[str | None]:
    admission = Admission(strip=strip, directory=below)
    return [admission.path_of(member) for member in members]


def test_a_file_lies_where_the_archive_says() -> None:
    assert placed(file("a/b.bin"), file("./c.bin")) == ["a/b.bin", "c.bin"]


def test_a_directory_is_no_file_whatever_its_mode() -> None:
    assert placed(directory("./"), directory("."), directory("a/"), file("a/b")) == [
        *(None, None, None),
        "a/b",
    ]


def test_leading_directories_are_stripped_and_what_has_no_more_is_dropped() -> None:
    members = [directory("top/"), file("top/a/b"), file("top/c"), file("LICENSE")]

    assert placed(*members, strip=1) == [None, "a/b", "c", None]
    assert placed(*members, strip=2) == [None, "b", None, None]


def test_the_dot_before_a_name_is_no_directory() -> None:
    assert placed(file("./top/a"), strip=1) == ["a"]


def test_files_lie_beside_their_archive() -> None:
    assert placed(file("a"), below="de/small") == ["de/small/a"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../evil", r"'\.\./evil' is not a safe relative path: it has the segment '\.\.'"),
        ("a/../../evil", "has the segment '..'"),
        ("/etc/passwd", "has an empty segment"),
        ("a//b", "has an empty segment"),
        ("././a", "has the segment '.'"),
        ("a/./b", "has the segment '.'"),
        ("C:/evil", "has the character ':'"),
        ("a\\..\\evil", r"has the character '\\\\'"),
        ("a\0b", "has the control character"),
        ("", "'' is not a path: it is empty"),
        (".", "'' is not a path: it is empty"),
        (".git/config", "has git's own directory"),
        ("nul.txt", "has the Windows device name"),
        ("spa\u0308ße", "not in Unicode's NFC form"),
        ("a\u202eb", "bidirectional control character"),
        ("x" * 256, "a segment of more than 255 bytes"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        placed(file(name))


def test_the_name_of_a_directory_passes_the_same_parser() -> None:
    with pytest.raises(ValueError, match=r"has the segment '\.\.'"):
        placed(directory("../evil/"))


@pytest.mark.parametrize("strip", [0, 1])
def test_a_name_is_judged_before_it_is_stripped(strip: int) -> None:
    with pytest.raises(ValueError, match=r"has the segment '\.\.'"):
        placed(file("../a"), strip=strip)


@pytest.mark.parametrize(
    "kind", [kind for kind in MemberKind if kind not in (MemberKind.FILE, MemberKind.DIRECTORY)]
)
def test_whatever_is_no_file_and_no_directory_is_refused(kind: MemberKind) -> None:
    with pytest.raises(ValueError, match=f"^'x' is a {kind}: expected files and directories$"):
        placed(Member("x", kind, 0))


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6000])
def test_a_file_that_runs_as_somebody_else_is_refused(mode: int) -> None:
    with pytest.raises(ValueError, match=r"^'tool' has a setuid or setgid bit$"):
        placed(file("tool", mode))


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["a", "a"], "^'a' stands twice$"),
        (["a", "./a"], "^'./a' stands twice$"),
        (["A", "a"], "^'a' differs from 'A' in case alone$"),
        (["straße", "STRASSE"], "^'STRASSE' differs from 'straße' in case alone$"),
        (["a/b", "a"], "^'a' is a directory of 'a/b', too$"),
        (["a", "a/b"], "^'a/b' lies below the file 'a'$"),
        (["a/b/c", "A/B"], "^'A/B' is a directory of 'a/b/c', too$"),
    ],
)
def test_files_that_cannot_lie_together_are_refused(names: list[str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        placed(*map(file, names))


def test_files_that_meet_once_they_are_stripped_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^'b/x' stands twice$"):
        placed(file("a/x"), file("b/x"), strip=1)
