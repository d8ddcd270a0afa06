import pytest

from modellock.values.origins import (
    Kind,
    filename_of,
    github_assets_path,
    hub_files_path,
    is_secure,
    parse_endpoint,
    parse_origin,
    parse_ref,
    quote_path,
)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.HUB, "gpt2"),
        (Kind.HUB, "sentence-transformers/all-MiniLM-L6-v2"),
        (Kind.HUB, "_org/a.b_c-d"),
        (Kind.HUB, "o/" + "n" * 96),
        (Kind.GITHUB, "acme/whisper-models"),
        (Kind.GITHUB, "acme/.github"),
        (Kind.GITHUB, "acme/-x--y"),
        (Kind.GITHUB, "a/" + "n" * 100),
        (Kind.URL, "https://storage.example/pose_landmarker.task"),
        (Kind.URL, "http://storage.example:8080/a%20b?x=1&y=2"),
        (Kind.LOCAL, "../shared/house-style"),
        (Kind.LOCAL, "/srv/models/x"),
    ],
)
def test_an_origin_is_returned_as_it_is(kind: Kind, text: str) -> None:
    assert parse_origin(kind, text) == text


# The Hub's rule is huggingface_hub's `validate_repo_id`.
@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "org/",
        "/name",
        "a/b/c",
        "datasets/org/name",
        "foo--bar",
        "org/a..b",
        "foo.git",
        ".foo",
        "foo-",
        "org-/name",
        "-org/name",
        "org./name",
        "org/name@rev",
        "org/näme",
        "org/na me",
        "o/" + "n" * 97,
        "../x",
        "https://huggingface.co/org/name",
    ],
)
def test_a_hub_repository_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a Hub repository such as `org/name`"):
        parse_origin(Kind.HUB, text)


@pytest.mark.parametrize(
    "text", ["", "repo", "a/b/c", "a/..", "./b", "a/.", "a b/c", "a/b\n", "a/" + "n" * 101]
)
def test_a_github_repository_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a GitHub repository such as `org/repo`"):
        parse_origin(Kind.GITHUB, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://host.example:0/x", "is not an http or https URL"),
        ("", "is not an http or https URL"),
        ("ftp://host.example/x", "is not an http or https URL"),
        ("file:///etc/passwd", "is not an http or https URL"),
        ("https:///x", "is not an http or https URL"),
        ("https://host.example/a b", "is not an http or https URL"),
        ("https://host.example/a\n", "is not an http or https URL"),
        ("https://host.example\\@evil.example/", "is not an http or https URL"),
        ("https://host.example/\u202ex", "is not an http or https URL"),
        ("https://h\u043est.example/x", "is not an http or https URL"),
        ("https://[host.example/x", "is not an http or https URL"),
        ("https://host.example:99999/x", "is not an http or https URL"),
        ("https://host..example/x", "is not an http or https URL"),
        (f"https://{'h' * 64}.example/x", "is not an http or https URL"),
        ("ftp://user:secret@host.example/x", "is not an http or https URL"),
        ("https://user:sec/secret@host.example/x", "is not an http or https URL"),
        ("user:sécret?secret@host.example", "is not an http or https URL"),
        ("ftp://host.example/x?sig=abc", "is not an http or https URL"),
        ("https://host.example/x#y", "it has a fragment"),
        ("https://host.example/x#", "it has a fragment"),
        ("https://user:secret@host.example/x", "a URL with a user name or a password"),
        ("https://:@host.example/x", "a URL with a user name or a password"),
        ("https://host.example/x?X-Amz-Signature=abc", "a signed URL"),
        ("https://host.example/x?sig=abc&se=1", "a signed URL"),
        ("https://host.example/x?token=", "a signed URL"),
        ("https://host.example/x?X-Amz-Signature=abc#part", "a signed URL"),
        ("https://host.example/x?v=abc#part", "it has a fragment"),
        ("https://host.example/x?X-Amz-Security-Token=abc", "a signed URL"),
        ("https://host.example/x?X-Goog-Credential=abc", "a signed URL"),
        ("https://host.example/x?private_token=abc", "a signed URL"),
        ("https://host.example/x?api_key=abc", "a signed URL"),
    ],
)
def test_a_url_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        parse_origin(Kind.URL, text)

    assert "secret" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "a\\b", "a\0b", "a\nb", "a\u202eb"])
def test_a_local_directory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path with `/` as separator"):
        parse_origin(Kind.LOCAL, text)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("https://hub.corp.example", "https://hub.corp.example"),
        ("https://hub.corp.example/prefix/", "https://hub.corp.example/prefix"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_an_endpoint_is_https_or_this_machine(text: str, endpoint: str) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize(
    "text",
    [
        "http://hub.corp.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "https://hub.corp.example?x=1",
        "https://user@hub.corp.example",
        "hub.corp.example",
        "https://user:sécret@hub.corp.example",
        "https://hub.corp.example?key=secret",
    ],
)
def test_an_endpoint_is_refused(text: str) -> None:
    fault = r"is not an endpoint|is not an http|a URL with a user"
    with pytest.raises(ValueError, match=fault) as caught:
        parse_endpoint(text)

    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://any.example/x",
        "http://localhost/x",
        "http://127.0.0.1:1234/x",
        "http://[::1]/x",
    ],
)
def test_a_token_travels_over_https_or_to_this_machine(url: str) -> None:
    assert is_secure(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://any.example/x",
        "http://127.0.0.1.nip.example/x",
        "http://127.0.0.\u0663/x",
        "file:///x",
        "",
    ],
)
def test_a_token_travels_nowhere_else(url: str) -> None:
    assert not is_secure(url)


@pytest.mark.parametrize(
    "ref", ["main", "v1.4.2", "feature/x", "refs/pr/1", "@acme/models@1.0.0", "日本語/v1", "v1+cu"]
)
def test_a_branch_or_tag_is_returned_as_it_is(ref: str) -> None:
    assert parse_ref(ref) == ref


# What git itself refuses (git-check-ref-format), and what could not be seen.
@pytest.mark.parametrize(
    "ref",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "../../x",
        "a/../b",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a.",
        "a b",
        "a\tb",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        "a@{1}",
        "@",
        "a\x7f",
        "a\x1b[31m",
        "a\u202eb",
        "a\u2028b",
        "a\ud800b",
    ],
)
def test_a_branch_or_tag_is_refused(ref: str) -> None:
    with pytest.raises(ValueError, match="is not a branch, tag or commit"):
        parse_ref(ref)


def test_the_filename_of_a_url_is_its_last_segment_decoded() -> None:
    assert filename_of("https://host.example/a/b%20c.task?x=/y") == "b c.task"
    assert filename_of("https://host.example/a/") == ""
    assert filename_of("https://host.example/%2e%2e%2fx") == "../x"


def test_paths_on_the_hub_name_the_commit() -> None:
    assert hub_files_path("model", "org/name", "c" * 40) == f"/org/name/resolve/{'c' * 40}/"
    assert hub_files_path("dataset", "o/n", "d" * 40) == f"/datasets/o/n/resolve/{'d' * 40}/"


def test_a_slash_in_a_tag_is_escaped_as_github_does() -> None:
    assert github_assets_path("acme/models", "release/1.0+é") == (
        "/acme/models/releases/download/release%2F1.0%2B%C3%A9/"
    )


def test_a_file_path_is_quoted_segment_by_segment() -> None:
    assert quote_path("a b/ü#?.bin") == "a%20b/%C3%BC%23%3F.bin"
