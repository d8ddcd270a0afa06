import pytest

from modellock._version import __version__
from modellock.documents.manifest import Manifest, NamedSource, parse_manifest
from modellock.documents.project_settings import Layout, ProjectSettings
from modellock.errors import ConflictMarkersError, ManifestError
from modellock.values.origins import Kind
from tests.golden import edited, golden_manifest

HUB = '[models.m]\nhub = "acme/m"\n'
GITHUB = '[models.m]\ngithub = "acme/m"\n'
URL = '[models.m]\nurl = "https://storage.example/m.bin"\n'
LOCAL = '[models.m]\nlocal = "../m"\n'
KNOWN_SETTINGS = (
    "known here are `path`, `layout`, `default-groups`, `min-age`, `exclude-newer`, `link-mode`, "
    "`mirrors`, `adopt`"
)


def refused(text: str) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(text)
    return caught.value


def test_an_empty_manifest_asks_for_nothing() -> None:
    assert parse_manifest("") == Manifest(
        requires=None, settings=ProjectSettings(), sources={}, policy=None, specs={}
    )


def test_every_key_is_read() -> None:
    manifest = parse_manifest(golden_manifest())

    assert manifest.requires == ">=0.1,<9"
    assert manifest.sources == {
        "corp": NamedSource(kind=Kind.HUB, endpoint="https://hub.corp.example/models"),
        "enterprise": NamedSource(kind=Kind.GITHUB, endpoint="https://github.corp.example"),
    }
    assert list(manifest.specs) == [
        "minilm",
        "corpus",
        "detector",
        "whisper-small",
        "parts",
        "pose",
        "house-style",
    ]


def test_a_hub_model_is_read() -> None:
    minilm = parse_manifest(golden_manifest()).specs["minilm"]

    assert (minilm.kind, minilm.origin) == (Kind.HUB, "sentence-transformers/all-MiniLM-L6-v2")
    assert minilm.revision == "main"
    assert minilm.include == ("*.json", "model.safetensors", "vocab.txt")
    assert minilm.groups == ("text", "search")
    assert minilm.marker == "sys_platform == 'linux'"
    assert minilm.layout is Layout.HF_CACHE
    assert not minilm.closure
    assert minilm.hold


def test_what_resolves_or_selects_is_repeated_as_written() -> None:
    whisper = parse_manifest(golden_manifest()).specs["whisper-small"]

    assert whisper.requested == (
        ("version", "~=1.4"),
        ("tag-prefix", ""),
        ("include", ("whisper-small.tar.zst",)),
        ("unpack", True),
        ("strip-components", 1),
    )


def test_an_absent_key_is_not_repeated() -> None:
    assert parse_manifest(HUB).specs["m"].requested == ()


def test_a_default_that_is_written_is_repeated() -> None:
    spec = parse_manifest(f'{HUB}revision = "main"\nprereleases = false\nexclude = []').specs["m"]

    assert spec.requested == (("revision", "main"), ("prereleases", False), ("exclude", ()))


@pytest.mark.parametrize(
    ("settings", "layout"), [("", None), ("[settings]\nlayout = 'hf-cache'\n", Layout.PLAIN)]
)
def test_a_layout_that_holds_anyway_is_as_good_as_unwritten(
    settings: str, layout: Layout | None
) -> None:
    manifest = parse_manifest(f"{settings}{HUB}layout = 'plain'")

    assert manifest.specs["m"].layout is layout


def test_renames_are_sorted() -> None:
    spec = parse_manifest(f'{HUB}rename = {{ "b" = "y", "a.x" = "z" }}').specs["m"]

    assert spec.rename == (("a.x", "z"), ("b", "y"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "models.toml: is not TOML: "),
        ("\ufeff", "models.toml: is not TOML: it begins with a byte order mark"),
        ("a = 1\na = 2", "models.toml: is not TOML: "),
        ("a = " + "9" * 5000, "models.toml: is not TOML: "),
        ("a = " + "[" * 9000, "models.toml: is not TOML that can be read: nested too deeply"),
        ("\x1b = 1", "models.toml: is not TOML: "),
        ("[model.x]\nhub = 'a/b'", "models.toml:1: model is not a key modellock knows"),
        ("models = []", "models.toml:1: models is not a table: []"),
        ("[models]\nm = 1", "models.toml:2: models.m is not a table: 1"),
        (
            "requires-modellock = 'new'",
            "models.toml:1: requires-modellock is refused: 'new' is not",
        ),
        (f"{HUB}revison = 'main'", "models.toml:3: models.m.revison is not a key modellock knows"),
        (f"{HUB}revision = 1", "models.toml:3: models.m.revision is not a string: 1"),
        (f"{HUB}revision = ''", "models.toml:3: models.m.revision is empty"),
        (f"{HUB}revision = '../../x'", "models.toml:3: models.m.revision is refused: '../../x' is"),
        (f"{GITHUB}tag = 'a b'", "models.toml:3: models.m.tag is refused: 'a b' is not a branch"),
        (f"{HUB}tag-prefix = 0", "models.toml:3: models.m.tag-prefix is not a string: 0"),
        (f"{HUB}tag-prefix = ' '", "models.toml:3: models.m.tag-prefix is refused: ' 0' is not"),
        (f"{HUB}type = 'space'", "models.toml:3: models.m.type is refused: 'space' is not `model`"),
        (f"{HUB}version = 'new'", "models.toml:3: models.m.version is refused: 'new' is not a"),
        (f"{HUB}include = '*'", "models.toml:3: models.m.include is not an array of strings: '*'"),
        (f"{HUB}include = []", "models.toml:3: models.m.include is empty: it would select nothing"),
        (f"{HUB}formats = []", "models.toml:3: models.m.formats is empty: it would select nothing"),
        (
            f"{HUB}formats = ['onnx', 'onyx']",
            "models.toml:3: models.m.formats[1] is refused: 'onyx' is not a weight format: ",
        ),
        (f"{HUB}formats = ['*', 'onnx']", "models.toml:3: models.m.formats[0] is refused: '*' "),
        (f"{HUB}groups = ['a', '']", "models.toml:3: models.m.groups[1] is empty"),
        (f"{HUB}groups = ['a b']", "models.toml:3: models.m.groups[0] is refused: 'a b' is not a"),
        (f"{HUB}marker = 'linux'", "models.toml:3: models.m.marker is refused: 'linux' is not a"),
        (f"{HUB}path = '../x'", "models.toml:3: models.m.path is refused: '../x' is not a safe"),
        (f"{HUB}path = '/x'", "models.toml:3: models.m.path is refused: '/x' is not a safe"),
        (f"{HUB}layout = 'flat'", "models.toml:3: models.m.layout is refused: 'flat' is not a"),
        (f"{HUB}rename = ['x']", "models.toml:3: models.m.rename is not a table: ['x']"),
        (f"{HUB}rename.x = '../y'", "models.toml:3: models.m.rename.x is refused: '../y' is not a"),
        (
            f"{HUB}rename = {{'../x' = 'y'}}",
            "models.toml:3: models.m.rename.\"../x\" is refused: '../x' is not a safe",
        ),
        (
            f"{HUB}rename = {{a = 'x', b = 'X'}}",
            "models.toml:3: models.m.rename is refused: 'X' and 'x' are the same path where case",
        ),
        (f"{HUB}hold = 'yes'", "models.toml:3: models.m.hold is not true or false: 'yes'"),
        (f"{HUB}mirrors = ['x']", "models.toml:3: models.m.mirrors[0] is refused: 'x' is not an"),
        (f"{LOCAL}unpack = 1", "models.toml:3: models.m.unpack is not true or false: 1"),
        (
            f"{LOCAL}strip-components = -1",
            "models.toml:3: models.m.strip-components is not a whole number: -1",
        ),
        (
            f"{URL}sha256 = 'abc'",
            "models.toml:3: models.m.sha256 is refused: 'abc' is not 64 lower",
        ),
        (f"{URL}filename = 'a/b'", "models.toml:3: models.m.filename is refused: 'a/b' is not a"),
        (
            f"{URL}filename = '..'",
            "models.toml:3: models.m.filename is refused: '..' is not a safe",
        ),
    ],
)
def test_a_key_is_refused_with_its_line(text: str, message: str) -> None:
    assert str(refused(text)).startswith(message)


def test_a_manifest_for_another_modellock_is_refused_whatever_it_holds() -> None:
    error = refused('requires-modellock = ">=99"\n[novelty]\nkey = 1\n')

    assert str(error) == (
        f"models.toml:1: requires-modellock expects modellock >=99, and this is {__version__}"
    )
    assert error.hint == "upgrade modellock with `pip install --upgrade models-lock`"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"{HUB}revison = 'main'", "did you mean `revision`?"),
        ("[settings]\nadopt = true\nextra = 1", KNOWN_SETTINGS),
        (f"{HUB}revision = 1", 'write `revision = "1"`'),
        (f"{HUB}include = '*.json'", 'write `include = ["*.json"]`'),
        (f"{HUB}include = [1]", "write each one as a string, in quotes"),
        (f"{HUB}hold = 'true'", "write `hold = true` or `hold = false`"),
        (f"{LOCAL}strip-components = '1'", "write `strip-components = 1`"),
        (f"{HUB}rename = 'x'", "write `rename = { … }`"),
        ("[models]\nm = 'acme/m'", "write `m = { … }`"),
        (f"{HUB}formats = ['safetensor']", "did you mean `safetensors`?"),
        (f"{HUB}marker = 'linux'", "write it like `sys_platform == 'linux'`"),
        (f"{HUB}url = 'https://x.example/y'", "keep one of them"),
    ],
)  # fmt: skip
def test_what_is_refused_comes_with_a_suggestion(text: str, hint: str) -> None:
    assert refused(text).hint == hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[models.m]", "models.m has no origin: `hub`, `github`, `url` or `local`"),
        (f'{HUB}url = "https://x.example/y"', "models.m.url has two origins: `hub` and `url`"),
        ('[models.m]\nhub = "a/b/c"', "models.m.hub is refused: 'a/b/c' is not a Hub repository"),
        ('[models.m]\nhub = ["a/b"]', "models.m.hub is not a string: ['a/b']"),
        ('[models.m]\ngithub = "b"', "models.m.github is refused: 'b' is not a GitHub repository"),
        ('[models.m]\nurl = "x"', "models.m.url is refused: 'x' is not an http or https URL"),
        ('[models.m]\nlocal = "a\\\\b"', "models.m.local is refused: 'a\\\\b' is not a path"),
        (
            '[models.m]\nurl = "https://storage.example/x/"',
            "models.m.url does not name a file: '' is not a path: it is empty",
        ),
        (
            '[models.m]\nurl = "https://storage.example/%2e%2e%2fx"',
            "models.m.url does not name a file: '../x' is not a file's name: it has a `/`",
        ),
    ],
)
def test_a_model_has_one_origin(text: str, message: str) -> None:
    assert message in str(refused(text))


def test_a_url_that_names_no_file_is_fine_with_a_filename() -> None:
    text = '[models.m]\nurl = "https://storage.example/?id=1"\nfilename = "m.bin"'

    assert parse_manifest(text).specs["m"].filename == "m.bin"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{URL}revision = 'main'", "models.m.revision is a key of `hub` models"),
        (f"{GITHUB}revision = 'main'", "models.m.revision is a key of `hub` models"),
        (f"{GITHUB}type = 'model'", "models.m.type is a key of `hub` models"),
        (f"{GITHUB}formats = ['*']", "models.m.formats is a key of `hub` models"),
        (f"{GITHUB}closure = true", "models.m.closure is a key of `hub` models"),
        (f"{HUB}tag = 'v1'", "models.m.tag is a key of `github` models"),
        (
            f"{HUB}unpack = true",
            "models.m.unpack is a key of `github` and `url` and `local` models",
        ),
        (f"{LOCAL}join = true", "models.m.join is a key of `github` and `url` models"),
        (f"{LOCAL}version = '>=1'", "models.m.version is a key of `hub` and `github` models"),
        (f"{LOCAL}source = 'x'", "models.m.source is a key of `hub` and `github` models"),
        (f"{URL}include = ['*']", "models.m.include is a key of `hub` and `github` and `local`"),
        (f"{HUB}sha256 = 'x'", "models.m.sha256 is a key of `url` models"),
        (f"{HUB}filename = 'x'", "models.m.filename is a key of `url` models"),
    ],
)
def test_a_key_belongs_to_its_origins(text: str, message: str) -> None:
    assert message in str(refused(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HUB}version = '>=1'\nrevision = 'x'", "models.m.version excludes `revision`"),
        (f"{GITHUB}version = '>=1'\ntag = 'x'", "models.m.version excludes `tag`"),
        (f"{HUB}formats = ['*']\ninclude = ['*']", "models.m.formats excludes `include`"),
    ],
)
def test_two_keys_exclude_each_other(text: str, message: str) -> None:
    assert message in str(refused(text))


@pytest.mark.parametrize("name", ["a b", "-a", "a/b", "../a", "", "\\u001b[31m", "con", "a."])
def test_a_name_of_a_model_is_refused(name: str) -> None:
    error = refused(f'[models."{name}"]\nhub = "a/b"')

    assert "is refused" in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sources.x]\ntype = 'hub'", "sources.x.endpoint is missing"),
        ("[sources.x]\nendpoint = 'https://x.example'", "sources.x.type is missing"),
        (
            "[sources.x]\ntype = 'url'\nendpoint = 'https://x.example'",
            "sources.x.type is refused: 'url' is not `hub` or `github`",
        ),
        (
            "[sources.x]\ntype = 'hub'\nendpoint = 'http://x.example'",
            "sources.x.endpoint is refused: 'http://x.example' is not an endpoint: https, or http",
        ),
        (
            "[sources.x]\ntype = 'hub'\nendpoint = 'https://x.example'\ntoken = 'secret'",
            "sources.x.token is not a key modellock knows",
        ),
        (
            "[sources.'../x']\ntype = 'hub'\nendpoint = 'https://x.example'",
            "sources.\"../x\" is refused: '../x' is not a model name",
        ),
        (f"{HUB}source = 'corp'", "models.m.source is refused: there is no `[sources.corp]`"),
        (
            f"{GITHUB}source = 'x'\n[sources.x]\ntype = 'hub'\nendpoint = 'https://x.example'",
            "models.m.source is refused: `x` is a `hub` source",
        ),
    ],
)
def test_a_source_is_refused(text: str, message: str) -> None:
    assert message in str(refused(text))


def test_placements_may_not_be_nested() -> None:
    text = f"{HUB}[models.n]\nhub = 'a/n'\npath = 'models/m/n'"

    error = refused(text)

    assert str(error) == (
        "models.toml:5: models.n.path is refused: 'models/m/n' lies inside of `m`'s directory"
    )
    assert error.hint == "place the models side by side, each with a `path` of its own"


def test_conflict_markers_are_told_with_their_line() -> None:
    text = f"{HUB}<<<<<<< HEAD\nrevision = 'a'\n=======\nrevision = 'b'\n>>>>>>> theirs\n"

    with pytest.raises(ConflictMarkersError) as caught:
        parse_manifest(text)

    assert str(caught.value) == "models.toml:3: conflict markers of an unfinished merge"


def test_lines_may_end_as_on_windows() -> None:
    text = golden_manifest()

    assert parse_manifest(text.replace("\n", "\r\n")) == parse_manifest(text)


def test_a_hostile_value_is_told_without_its_control_characters() -> None:
    error = refused(f'{HUB}revision = "\\u001b[31m\\u202e::error::"')

    assert str(error).isprintable()


def test_one_wrong_key_is_found_among_all() -> None:
    text = edited(golden_manifest(), 'marker = "sys', 'markers = "sys')

    assert str(refused(text)) == (
        "models.toml:37: models.minilm.markers is not a key modellock knows"
    )
