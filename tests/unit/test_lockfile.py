from datetime import UTC, datetime

import pytest

from modellock.documents.keys import COPIED_KEYS, IDENTITY_KEYS, LOCKED_KEYS
from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import LockedFile, placed_path
from modellock.documents.project_settings import Layout
from modellock.errors import ConflictMarkersError, LockfileError, NewerLockError
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from tests.golden import edited, golden_lock, golden_locks

EMPTY = golden_lock("empty.lock")
HUB = golden_lock("hub.lock")
GITHUB = golden_lock("github.lock")
URL = golden_lock("url-and-local.lock")
CLOSURE = golden_lock("closure.lock")

CONFIG_SHA256 = "b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910"
OTHER_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def refused(text: str) -> LockfileError:
    with pytest.raises(LockfileError) as caught:
        parse_lock(text)
    return caught.value


@pytest.mark.parametrize("name", golden_locks())
def test_a_golden_lock_is_written_as_it_was_read(name: str) -> None:
    text = golden_lock(name)

    assert format_lock(parse_lock(text)) == text


def test_the_golden_locks_have_every_key() -> None:
    texts = "".join(golden_lock(name) for name in golden_locks())
    keys = [key.name for key in IDENTITY_KEYS + COPIED_KEYS] + list(LOCKED_KEYS) + list(Kind)

    assert [key for key in keys if f"\n{key} = " not in texts] == []


def test_a_hub_model_is_read() -> None:
    corpus = parse_lock(HUB).models["corpus"]

    assert (corpus.kind, corpus.origin, corpus.type) == (Kind.HUB, "acme/corpus", "dataset")
    assert corpus.repo_id == "66b0cf5ad7a6f1a7e0d4f001"
    assert corpus.requested == (("revision", "refs/convert/parquet"), ("exclude", ("test/",)))
    assert corpus.committed == datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert corpus.gated
    assert corpus.size == 3_000_000_000


def test_a_github_model_is_read() -> None:
    whisper = parse_lock(GITHUB).models["whisper-small"]

    assert (whisper.version, whisper.tag) == ("1.4.2", "v1.4.2")
    assert whisper.published == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert whisper.archives == (
        LockedFile(
            "whisper-small.tar.zst",
            461_000_000,
            Digest("sha256", "70cefe41641688a7c2959b2d9c5783763b26f9fb40f4d151228a8fbda09726e8"),
            195_718_713,
        ),
    )


def test_a_url_model_has_its_url_as_its_origin() -> None:
    pose = parse_lock(URL).models["pose"]

    assert pose.origin == "http://storage.example:8080/pose%20landmarker.task"
    assert pose.url is None
    assert pose.trust == "first-use"


def test_a_closure_model_is_keyed_by_its_repository() -> None:
    models = parse_lock(CLOSURE).models

    assert [name for name, model in models.items() if model.required_by] == [
        "gpt2",
        "nomic-ai/nomic-bert-2048",
        "nomic-ai/nomic-bert-2048@eb26c2ddbbc7",
    ]
    assert models["nomic-ai/nomic-bert-2048"].revision == "main"
    assert models["nomic-ai/nomic-bert-2048"].layout is Layout.HF_CACHE


def test_a_renamed_file_is_placed_elsewhere() -> None:
    whisper = parse_lock(GITHUB).models["whisper-small"]

    assert [placed_path(whisper, file) for file in whisper.files] == [
        "whisper/model.bin",
        "part-0",
        "notes.txt",
        "tokenizer.json",
    ]


def test_order_does_not_matter_to_the_reader_and_is_restored_by_the_writer() -> None:
    header, *models = HUB.split("\n[models.")
    lines = [line for line in HUB.splitlines() if "parquet" in line and "size" in line]
    shuffled = "\n[models.".join([header, *reversed(models)]).rstrip("\n") + "\n"
    shuffled = edited(shuffled, "\n".join(lines), "\n".join(reversed(lines)))

    assert shuffled != HUB
    assert format_lock(parse_lock(shuffled)) == HUB


def test_comments_spaces_and_windows_line_ends_do_not_matter_to_the_reader() -> None:
    text = edited(HUB, "closure = false", "closure    = false  # see the card").replace(
        "\n", "\r\n"
    )

    assert format_lock(parse_lock(text)) == HUB


def test_a_closure_model_is_refused_outside_of_the_hub_cache() -> None:
    text = edited(CLOSURE, 'license = "apache-2.0"\nlayout = "hf-cache"\n', "")

    assert str(refused(text)) == (
        'models.lock:28: models."nomic-ai/nomic-bert-2048".layout is not `hf-cache`, '
        "the layout of all that others require"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[models.bare]", "[modules.bare]", "modules is not a key modellock knows"),
        ('hub = "gpt2"', 'hub = "gpt2"\ncolour = "red"', "models.bare.colour is not a key"),
        ('hub = "gpt2"', 'hub = "gpt2"\nsha256 = "x"', "models.bare.sha256 is not a key"),
        ('hub = "gpt2"', 'hub = "gpt2"\ngithub = "a/b"', "models.bare.github has two origins"),
        ('hub = "gpt2"', 'local = "../x"', "models.bare.commit is a key of `hub` and `github`"),
        ('hub = "gpt2"', 'hub = "../x"', "models.bare.hub is refused: '../x' is not a Hub"),
        ("size = 5", 'size = "5"', "models.bare.size is not a whole number: '5'"),
        ("size = 5", "size = 6", "models.bare.size does not match the files: expected 5, received"),
        ("size = 5\n", "", "models.bare.size is missing"),
        ("size = 5, ", "size = 4, ", "models.bare.size does not match the files: expected 4"),
        ("size = 5, ", "", "models.bare.files[0].size is missing"),
        ("size = 5, ", "size = -5, ", "models.bare.files[0].size is not a whole number: -5"),
        ("size = 5, ", "size = true, ", "models.bare.files[0].size is not a whole number: True"),
        ("size = 5, ", "mode = 5, ", "models.bare.files[0].mode is not a key modellock knows"),
        ("size = 5, ", "size = 5, mode = 5, ", "models.bare.files[0].mode is not a key modellock"),
        ("size = 5, ", f"size = {2**63}, ", "models.bare.files[0].size is not a whole number: 92"),
        (
            CONFIG_SHA256,
            OTHER_SHA256,
            "models.bare.tree does not match the files: expected blake3:",
        ),
        (CONFIG_SHA256, "ABC", "models.bare.files[0].sha256 is refused: 'ABC' is not 64 lower"),
        (
            CONFIG_SHA256 + '"',
            CONFIG_SHA256 + '", asset-id = 1',
            "models.bare.files has `asset-id`",
        ),
        ('path = "config.json"', 'path = "../../x"', "models.bare.files[0].path is refused: '../."),
        ('path = "config.json"', 'path = "/etc/x"', "models.bare.files[0].path is refused: '/etc/"),
        ('path = "config.json"', 'path = "a\\\\b"', "models.bare.files[0].path is refused: 'a\\\\"),
        ('path = "config.json"', 'path = "C:x"', "models.bare.files[0].path is refused: 'C:x' is"),
        ('path = "config.json"', 'path = ".git/x"', "models.bare.files[0].path is refused: '.git/"),
        (
            'path = "config.json"',
            'path = "a\\u001bb"',
            "models.bare.files[0].path is refused: 'a\\",
        ),
        (
            'path = "config.json"',
            'path = "a\\u202eb"',
            "models.bare.files[0].path is refused: 'a\\",
        ),
        ('path = "config.json"', "path = 1", "models.bare.files[0].path is not a string: 1"),
        (
            'path = "config.json"',
            'path = "other.json"',
            "models.bare.tree does not match the files",
        ),
        ("{ path", "1, { path", "models.bare.files[0] is not a table: 1"),
        ('tree = "blake3:', 'tree = "sha256:', "models.bare.tree does not match the files"),
        ('tree = "blake3:', 'tree = "', "models.bare.tree is refused: "),
        ("huggingface.co/gpt2", "evil.example/gpt2", "models.bare.url is not where this model's"),
        ("https://hugg", "http://hugg", "models.bare.url is not where this model's files lie"),
        ("/resolve/", "/raw/", "models.bare.url is not where this model's files lie: expected"),
        ('hub = "gpt2"', 'hub = "gpt3"', "models.bare.url is not where this model's files lie"),
        ('type = "dataset"', 'type = "model"', "models.corpus.url is not where this model's files"),
        ('source = "corp"\n', "", "models.detector.url is not where this model's files lie"),
        (
            'source = "corp"',
            'source = "../x"',
            "models.detector.source is refused: '../x' is not a",
        ),
        (
            "https://hub.corp",
            "http://hub.corp",
            "models.detector.url is refused: 'http://hub.corp.",
        ),
        ("corp.example/models", "corp.example/", "models.detector.url is refused: 'https://hub.co"),
        (
            "https://hub.corp",
            "https://u:p@hub.corp",
            "models.detector.url is refused: a URL with a",
        ),
        (
            'tag = "model-v1.3-rc1"',
            'tag = "../../x"',
            "models.detector.tag is refused: '../../x' is",
        ),
        ('version = "1.3rc1"', 'version = "../x"', "models.detector.version is refused: '../x' is"),
        ('version = "1.3rc1"', 'version = "1.."', "models.detector.version is refused: '1..' is"),
        (
            'version = "1.3rc1"',
            f'version = "{"9" * 5000}"',
            "models.detector.version is refused: '9",
        ),
        ('revision = "main"', 'revision = "a/../b"', "models.minilm.requested.revision is refused"),
        ('revision = "main"', 'groups = ["x"]', "models.minilm.requested.groups is not a key"),
        (
            'revision = "main"',
            "unpack = true",
            "models.minilm.requested.unpack is a key of `github`",
        ),
        ("2025-03-06T13:37:44Z", "2025-03-06T13:37:44+01:00", "models.minilm.committed is not a"),
        ("2025-03-06T13:37:44Z", "2025-03-06T13:37:44.5Z", "models.minilm.committed is not a time"),
        ("2025-03-06T13:37:44Z", "2025-03-06", "models.minilm.committed is not a time such as"),
        ('commit = "c9745', 'commit = "C9745', "models.minilm.commit is refused: 'C9745ed1d9f207"),
        ("gated = true", 'gated = "yes"', "models.corpus.gated is not true or false: 'yes'"),
        (
            "gated = true",
            'trust = "first-use"',
            "models.corpus.trust is a key of `github` and `url`",
        ),
        ("gated = true", 'path = "../x"', "models.corpus.path is refused: '../x' is not a safe"),
        ("gated = true", 'path = "models/bare"', "models.corpus.path is refused: 'models/bare' is"),
        ("gated = true", 'path = ".modellock"', "models.corpus.path is refused: '.modellock' is a"),
        ("gated = true", 'rename.x = "../y"', "models.corpus.rename.x is refused: '../y' is not a"),
        (
            "gated = true",
            'required-by = ["x"]',
            "required-by names a model that is not in this lock",
        ),
        ("gated = true", 'revision = "x"', "models.corpus is refused: it is not named after"),
        (
            "[models.corpus]",
            '[models."a/b"]',
            "models.\"a/b\" is refused: 'a/b' is not a model name",
        ),
        ("[models.corpus]", '[models."../x"]', "models.\"../x\" is refused: '../x' is not a model"),
        ("[models.corpus]", "[models.bare.x]", "models.bare.x is not a key modellock knows"),
        (
            '"train/0001.parquet"',
            '"train/0000.parquet"',
            "models.corpus.files is refused: 'train/0000.parquet' stands twice",
        ),
        (
            '"train/0001.parquet"',
            '"Train/0000.PARQUET"',
            "models.corpus.files is refused: 'train/0000.parquet' and 'Train/0000.PARQUET' are the",
        ),
        (
            '"train/0001.parquet"',
            '"train/0000.parquet/x"',
            "models.corpus.files is refused: 'train/0000.parquet' is a file and a directory of",
        ),
    ],
)
def test_an_edited_lock_is_refused(old: str, new: str, message: str) -> None:
    error = refused(edited(HUB, old, new))

    assert message in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"https://github.com/acme/.models',
            '"https://evil.example/acme/.models',
            "url is not where",
        ),
        ('tag = "日本語/v1+cu"\n', "", "models.latest.tag is missing"),
        ("%2Fv1%2Bcu", "/v1%2Bcu", "models.latest.url is not where this model's files lie"),
        ('"first-use"', '"always"', "models.latest.trust is refused: 'always' is not `first-use`"),
        ("repo-id = 1\n", 'repo-id = "1"\n', "models.latest.repo-id is not a whole number: '1'"),
        ("asset-id = 0", 'asset-id = "0"', "models.latest.files[0].asset-id is not a whole number"),
        ("asset-id = 11", "asset-id = -1", "models.parts.archives[0].asset-id is not a whole"),
        ("part-aa", "../x", "models.parts.archives[0].path is refused: 'model.gguf.../x' is not a"),
        (
            "part-ab",
            "part-aa",
            "models.parts.archives is refused: 'model.gguf.part-aa' stands twice",
        ),
        ('= "part-0"', '= "tokenizer.json"', "models.whisper-small.rename is refused: 'tokenizer."),
        (
            "{sha256}",
            "{password}",
            "models.whisper-small.mirrors[1] is refused: 'file:///media/usb",
        ),
        ("published", "committed", "models.parts.committed is a key of `hub` models"),
        (
            'path = "weights/whisper"',
            'path = "CON/x"',
            "models.whisper-small.path is refused: 'CON/",
        ),
    ],
)
def test_an_edited_lock_of_github_models_is_refused(old: str, new: str, message: str) -> None:
    assert message in str(refused(edited(GITHUB, old, new)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("http://storage", "ftp://storage", "models.pose.url is refused: 'ftp://storage.example"),
        ("?name=gesture", "?sig=x", 'models."gesture.v2".url is refused: a signed URL'),
        ('"gesture.task"', '"../x"', "models.\"gesture.v2\".filename is refused: '../x' is not a"),
        (
            'local = "../',
            'url = "https://x.example/y"\nlocal = "../',
            "models.house-style.url is a",
        ),
        ("hold = true", 'layout = "hf-cache"', "models.house-style.layout is refused: `hf-cache`"),
        ("hold = true", 'commit = "x"', "models.house-style.commit is a key of `hub` and `github`"),
    ],
)
def test_an_edited_lock_of_other_models_is_refused(old: str, new: str, message: str) -> None:
    assert message in str(refused(edited(URL, old, new)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('required-by = ["embed"]\n', "", "required-by is missing: nothing in this lock requires"),
        (
            "required-by",
            'requested = { include = ["x"] }\nrequired-by',
            "models.toml asks for no such",
        ),
        ('["embed"]', '["gone"]', "required-by names a model that is not in this lock: 'gone'"),
        (
            '["embed"]',
            '["nomic-ai/nomic-bert-2048"]',
            "required-by leads to no model of models.toml",
        ),
        ('["embed"]', '["a/../b"]', "required-by names a model that is not in this lock: 'a/../b'"),
        ('["embed"]', '"embed"', "required-by is not an array of strings: 'embed'"),
        ("@eb26c2ddbbc7", "@eb26c2ddbbc8", "it is not named after its repository 'nomic-ai/nomic-"),
        ("[models.gpt2]", '[models."../x"]', "'../x' is not the name of a model or a repository"),
        ("[models.gpt2]", '[models."x/.."]', "'x/..' is not the name of a model or a repository"),
        ("[models.gpt2]", '[models."::x/y"]', "'::x/y' is not the name of a model or a repository"),
        ("[models.gpt2]", '[models."\\u001b[1m/y"]', "is not the name of a model or a repository"),
        ("[models.gpt2]", '[models."a\\u202e/y"]', "is not the name of a model or a repository"),
        ("[models.gpt2]", "[models.other]", "it is not named after its repository 'gpt2'"),
        ('revision = "refs/pr/3"', 'revision = "../3"', "'../3' is not a branch, tag or commit"),
    ],
)
def test_an_edited_lock_of_a_closure_is_refused(old: str, new: str, message: str) -> None:
    error = refused(edited(CLOSURE, old, new))

    assert message in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "models.lock: lock-version is missing"),
        ("lock-version = 1.0", "models.lock:1: lock-version is not a string: 1.0"),
        ("lock-version = '1'", "models.lock:1: lock-version is not a version such as `1.0`: '1'"),
        ("lock-version = '0.9'", "models.lock:1: lock-version is not a version modellock ever wro"),
        ("lock-version = '1.0'\nx = 1", "models.lock:2: x is not a key modellock knows"),
        ("lock-version = '1.0'\nmodels = 1", "models.lock:2: models is not a table: 1"),
        ("lock-version = '1.0'\nmodels.m = 1", "models.lock:2: models.m is not a table: 1"),
        ("lock-version = '1.0'\nsettings.x = 1", "models.lock:2: settings.x is not a key"),
        ("{", "models.lock: is not TOML: "),
        ("a = " + "[" * 9000, "models.lock: is not TOML that can be read: nested too deeply"),
    ],
)
def test_what_is_no_lock_is_refused(text: str, message: str) -> None:
    assert str(refused(text)).startswith(message)


@pytest.mark.parametrize("files", ["1", "true", "'x'", "{}", "[[]]", "['x']", "[]", "1979-01-01"])
def test_files_of_another_type_are_refused(files: str) -> None:
    head, _, _ = HUB.partition("files = [")

    assert "models.bare.files" in str(refused(f"{head}files = {files}\n"))


def test_a_lock_says_how_to_undo_a_hand_edit() -> None:
    error = refused(edited(HUB, "size = 5", "size = 6"))

    assert str(error) == (
        "models.lock:8: models.bare.size does not match the files: expected 5, received 6"
    )
    assert error.hint == "if models.lock was edited by hand, restore it: `git checkout models.lock`"


def test_a_lock_of_a_newer_major_version_is_refused_whatever_it_holds() -> None:
    with pytest.raises(NewerLockError) as caught:
        parse_lock("lock-version = '2.0'\nanything = [1]\n")

    assert str(caught.value) == (
        "models.lock: was written by a newer modellock: expected lock-version 1.x, received 2.0"
    )


def test_a_lock_of_a_newer_minor_version_is_read_past_keys_of_its_own() -> None:
    text = edited(HUB, 'lock-version = "1.0"', 'lock-version = "1.7"\nextra = 1\nsettings.new = 2')
    text = edited(text, 'hub = "gpt2"', 'hub = "gpt2"\ncolour = "red"\nrequested = { mood = 1 }')
    text = edited(text, "size = 5, ", "size = 5, mode = 420, ")

    lock = parse_lock(text)

    assert lock.version == (1, 7)
    assert lock.models == parse_lock(HUB).models


def test_conflict_markers_are_told_with_their_line() -> None:
    text = edited(HUB, 'hub = "gpt2"\n', '<<<<<<< HEAD\nhub = "gpt2"\n=======\n>>>>>>> theirs\n')

    with pytest.raises(ConflictMarkersError) as caught:
        parse_lock(text)

    assert str(caught.value) == "models.lock:5: conflict markers of an unfinished merge"


def test_models_of_a_merge_that_fit_together_are_read() -> None:
    addition = golden_lock("github.lock").partition("\n[models.")[2]

    assert len(parse_lock(f"{HUB}\n[models.{addition}").models) == 7
