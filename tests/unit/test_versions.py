import pytest

from modellock.values.versions import (
    admits,
    check_bounds,
    check_marker,
    is_prerelease,
    marker_holds,
    version_key,
    version_of,
)


@pytest.mark.parametrize("bounds", [">=1.2,<2", "~=1.4", "==1.*", "!=1.5", ">=1.0rc1"])
def test_bounds_are_returned_as_they_are(bounds: str) -> None:
    assert check_bounds(bounds) == bounds


@pytest.mark.parametrize(
    "bounds", ["", " ", "1.2", "latest", "^1.2", ">=", ">=1.2 <2", "===x y", f">={'9' * 5000}"]
)
def test_bounds_are_refused(bounds: str) -> None:
    with pytest.raises(ValueError, match="is not a version bound"):
        check_bounds(bounds)


@pytest.mark.parametrize(
    ("tag", "prefix", "version"),
    [
        ("1.4.2", "", "1.4.2"),
        ("v1.4.2", "", "1.4.2"),
        ("v1.4.2-rc1", "", "1.4.2rc1"),
        ("model-v2", "model-", "2"),
        ("model-2.0", "model-", "2.0"),
        ("release/1.0", "release/", "1.0"),
        ("2024.05.01", "", "2024.5.1"),
        ("1.0+cu121", "", "1.0+cu121"),
        ("v" + "9" * 5000, "", None),
        ("v", "", None),
        ("latest", "", None),
        ("model-1.0", "", None),
        ("1.0", "model-", None),
        ("V1.0", "", None),
        ("vv1.0", "", None),
        (" 1.0", "", None),
        ("1.0\n", "", None),
        ("1.0-gguf-q4", "", None),
        ("", "", None),
    ],
)
def test_a_tag_names_a_version_after_its_prefix_and_an_optional_v(
    tag: str, prefix: str, version: str | None
) -> None:
    assert version_of(tag, prefix) == version


def test_versions_are_ordered_by_their_numbers() -> None:
    assert sorted(["1.10", "1.9", "1.10rc1", "0!1", "1!0.1"], key=version_key) == [
        "0!1",
        "1.9",
        "1.10rc1",
        "1.10",
        "1!0.1",
    ]


def test_prereleases_say_so_themselves() -> None:
    assert [v for v in ("1.0", "1.0rc1", "1.0.dev1", "1.0.post1", "2a1") if is_prerelease(v)] == [
        "1.0rc1",
        "1.0.dev1",
        "2a1",
    ]


def test_bounds_admit_what_lies_within() -> None:
    assert admits(">=1.2,<2", "1.10")
    assert admits(">=1.2,<2", "1.3rc1")
    assert not admits(">=1.2,<2", "2.0")
    assert not admits("~=1.4", "2.0")


@pytest.mark.parametrize(
    "marker", ["sys_platform == 'linux'", "python_version < '3.12' and os_name != 'nt'"]
)
def test_a_marker_is_returned_as_it_is(marker: str) -> None:
    assert check_marker(marker) == marker


@pytest.mark.parametrize(
    "marker",
    [
        "",
        "linux",
        "sys_platform = 'linux'",
        "platform == 'linux'",
        "os_name ~= 'x'",
        "'x' in extras",
        "(" * 3000 + "os_name == 'x'" + ")" * 3000,
    ],
)
def test_a_marker_is_refused(marker: str) -> None:
    with pytest.raises(ValueError, match="is not a marker such as"):
        check_marker(marker)


def test_a_marker_is_asked_of_this_machine() -> None:
    assert marker_holds("python_version >= '3.11'")
    assert not marker_holds("sys_platform == 'plan9'")
