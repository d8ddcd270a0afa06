import pytest

from modellock.decisions.impostors import impostor

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n"


@pytest.mark.parametrize(
    ("path", "headers", "head", "seems"),
    [
        ("m/w.bin", {"content-type": "text/html; charset=utf-8"}, b"", "an HTML page"),
        (
            "m/w.bin",
            {"content-type": "application/octet-stream"},
            b"\n<!DOCTYPE html>",
            "an HTML page",
        ),
        ("m/w.bin", {}, b"<HTML lang=en>", "an HTML page"),
        ("m/w.bin", {}, POINTER, "a git-lfs pointer"),
        ("m/w.bin", {"content-encoding": "gzip"}, b"\x1f\x8b", "a body in the encoding 'gzip'"),
        ("m/a.HTML", {"content-encoding": "br"}, b"", "a body in the encoding 'br'"),
    ],
)
def test_something_else_than_the_file(
    path: str, headers: dict[str, str], head: bytes, seems: str
) -> None:
    assert impostor(path, headers, head) == seems


@pytest.mark.parametrize(
    ("path", "headers", "head"),
    [
        ("m/w.bin", {"content-type": "application/octet-stream"}, b"\x00\x01"),
        ("m/page.html", {"content-type": "text/html"}, b"<!doctype html>"),
        ("m/w.bin", {"content-encoding": "Identity"}, b"weights"),
        ("m/w.bin", {}, b"<htmlish"),
        ("m/w.bin", {}, b""),
        ("m/config.json", {"content-type": "text/plain"}, b"{}"),
    ],
)
def test_nothing_speaks_against_a_file(path: str, headers: dict[str, str], head: bytes) -> None:
    assert impostor(path, headers, head) is None
