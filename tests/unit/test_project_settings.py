import tomllib
from datetime import UTC, datetime

import pytest

from modellock.documents.project_settings import Layout, LinkMode, ProjectSettings, parse_settings
from modellock.values.tables import Table, TableError


def read(text: str) -> ProjectSettings:
    return parse_settings(Table(tomllib.loads(text), ("settings",)))


def refusal(text: str) -> str:
    with pytest.raises(TableError) as caught:
        read(text)
    return str(caught.value)


def test_without_settings_all_is_default() -> None:
    settings = read("")

    assert settings == ProjectSettings(
        path="models",
        layout=Layout.PLAIN,
        default_groups=None,
        min_age=None,
        exclude_newer=None,
        link_mode=LinkMode.AUTO,
        mirrors=(),
        adopt=False,
    )


def test_a_time_is_kept_in_utc() -> None:
    settings = read("exclude-newer = 2026-01-31T01:30:00+02:00")

    assert settings.exclude_newer == datetime(2026, 1, 30, 23, 30, tzinfo=UTC)
    assert str(settings.exclude_newer) == "2026-01-30 23:30:00+00:00"


def test_no_default_group_is_not_the_same_as_all_groups() -> None:
    assert read("default-groups = []").default_groups == ()


def test_a_mirror_is_a_template_a_folder_or_an_origin() -> None:
    settings = read(
        "mirrors = ['https://m.example/{name}/{path}?v={version}', 'file:///media/{sha256}', "
        "{ revision = 'v1', hub = 'a/b' }, { github = 'a/b', tag = 'release/1' }]"
    )

    assert settings.mirrors == (
        "https://m.example/{name}/{path}?v={version}",
        "file:///media/{sha256}",
        (("hub", "a/b"), ("revision", "v1")),
        (("github", "a/b"), ("tag", "release/1")),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pth = 'x'", "settings.pth is not a key modellock knows"),
        ("path = '../x'", "settings.path is refused: '../x' is not a safe relative path"),
        ("path = '/x'", "settings.path is refused: '/x' is not a safe relative path"),
        ("path = ''", "settings.path is empty"),
        ("layout = 'flat'", "settings.layout is refused: 'flat' is not a layout: `plain`, `hf-"),
        ("link-mode = 'hard'", "settings.link-mode is refused: 'hard' is not a link mode: `auto`"),
        ("default-groups = 'x'", "settings.default-groups is not an array of strings: 'x'"),
        ("default-groups = ['a b']", "settings.default-groups[0] is refused: 'a b' is not a"),
        ("min-age = '3'", "settings.min-age is refused: '3' is not a duration such as"),
        ("min-age = 3", "settings.min-age is not a string: 3"),
        ("adopt = 'yes'", "settings.adopt is not true or false: 'yes'"),
        (
            "min-age = '1 day'\nexclude-newer = 2026-01-31T00:00:00Z",
            "settings.exclude-newer excludes `min-age`: write one of them",
        ),
        ("exclude-newer = 2026-01-31", "settings.exclude-newer is refused: 2026-01-31 is not a"),
        ("exclude-newer = 2026-01-31T00:00:00", "settings.exclude-newer is refused: 2026-01-31 00"),
        ("exclude-newer = '2026-01-31'", "settings.exclude-newer is refused: 2026-01-31 is not a"),
        ("exclude-newer = 0001-01-01T00:00:00+01:00", "settings.exclude-newer is refused: 0001-"),
        ("mirrors = 'https://m.example'", "settings.mirrors is not an array of URLs and tables"),
        ("mirrors = [1]", "settings.mirrors[0] is refused: 1 is not a URL or a table such as"),
        ("mirrors = ['m.example']", "settings.mirrors[0] is refused: 'm.example' is not an http"),
        ("mirrors = ['file:x']", "settings.mirrors[0] is refused: 'file:x' is not the URL of a"),
        (
            "mirrors = ['https://u:p@m.example']",
            "settings.mirrors[0] is refused: a URL with a user",
        ),
        (
            "mirrors = ['https://m.example/{file}']",
            "settings.mirrors[0] is refused: 'https://m.example/{file}' has a placeholder other",
        ),
        ("mirrors = ['file:///{path']", "settings.mirrors[0] is refused: 'file:///{path' has a"),
        ("mirrors = [{}]", "settings.mirrors[0] is refused: a mirror's table has either `hub` or"),
        ("mirrors = [{hub='a/b', github='a/b'}]", "settings.mirrors[0] is refused: a mirror's"),
        ("mirrors = [{hub='a/b', tag='x'}]", "settings.mirrors[0] is refused: 'tag' is not a key"),
        ("mirrors = [{hub='../x'}]", "settings.mirrors[0] is refused: '../x' is not a Hub"),
        ("mirrors = [{hub='a/b', revision='../x'}]", "settings.mirrors[0] is refused: '../x' is"),
        ("mirrors = [{hub='a/b', type='space'}]", "settings.mirrors[0] is refused: 'space' is not"),
        ("mirrors = [{hub=1}]", "settings.mirrors[0] is refused: {'hub': 1} is not a URL or"),
    ],
)
def test_a_setting_is_refused_with_its_dotted_key(text: str, message: str) -> None:
    assert refusal(text).startswith(message)
