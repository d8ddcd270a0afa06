import pytest

from modellock.values.addresses import host_of, redirect_target, service_of, without_query


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h.example/a", "https://H.example:443/b?c"),
        ("http://h.example/a", "http://user@h.example:80/"),
    ],
)
def test_a_service_is_scheme_host_and_port(one: str, other: str) -> None:
    assert service_of(one) == service_of(other)


@pytest.mark.parametrize(
    "other",
    ["http://h.example/", "https://h.example:444/", "https://i.example/", "https://h.example.x/"],
)
def test_another_scheme_host_or_port_is_another_service(other: str) -> None:
    assert service_of("https://h.example/") != service_of(other)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://h.example/a", "h.example"),
        ("https://h.example:443/a", "h.example"),
        ("http://127.0.0.1:8080/a", "127.0.0.1:8080"),
    ],
)
def test_a_host_is_named_with_a_port_that_is_not_the_usual_one(url: str, host: str) -> None:
    assert host_of(url) == host


def test_what_is_shown_of_a_url_is_no_credential() -> None:
    shown = without_query("https://user:secret@h.example/a/b?X-Amz-Signature=secret#secret")

    assert shown == "https://h.example/a/b"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b?c=d", "https://h.example/b?c=d"),
        ("b", "https://h.example/a/b"),
        ("https://i.example/b#part", "https://i.example/b"),
        ("//i.example/b", "https://i.example/b"),
        ("https://user:secret@i.example/b", "https://i.example/b"),
    ],
)
def test_a_redirect_leads_to(location: str, target: str) -> None:
    assert redirect_target("https://h.example/a/", location) == target


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("http://h.example/b", "leads from https to http, on h.example"),
        ("http://127.0.0.1/b", "leads from https to http, on 127.0.0.1"),
        ("ftp://h.example/b", "leads to `ftp:`, expected http or https"),
        ("file:///etc/passwd", "leads to `file:`, expected http or https"),
        ("https://h.example:port/", "leads to what is no URL"),
        ("https://[::1/", "leads to what is no URL"),
        ("https://a..b/", "leads to what is no URL"),
        ("https://./", "leads to what is no URL"),
        (f"https://{'a' * 64}.example/", "leads to what is no URL"),
    ],
)
def test_a_redirect_that_nobody_should_follow(location: str, fault: str) -> None:
    with pytest.raises(ValueError, match="leads") as caught:
        redirect_target("https://h.example/a", location)

    assert str(caught.value) == fault


def test_a_redirect_from_http_to_https_is_welcome() -> None:
    assert redirect_target("http://h.example/a", "https://h.example/a") == "https://h.example/a"
