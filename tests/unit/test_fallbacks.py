import pytest

from modellock.decisions.fallbacks import Failure, Remark, Rescue, remarks_on, summary
from modellock.errors import (
    AuthenticationError,
    GoneError,
    MismatchError,
    ModellockError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    SeveralErrors,
    TruncatedError,
    WrongContentError,
)

MIRROR = "https://m.example/{path}"
GONE = GoneError("m/a.bin: hub.example has nothing there", hint="keep models.lock", model="m")


def test_without_a_mirror_the_origins_error_stands_as_it_is() -> None:
    assert summary("m/a.bin", [Failure(None, GONE)]) is GONE


def test_where_no_place_is_known_the_file_is_gone() -> None:
    error = summary("m/a.bin", [])

    assert isinstance(error, GoneError)
    assert str(error) == "m/a.bin: no place is known that serves it"


def test_of_failures_of_one_kind_at_the_origin_the_last_is_told() -> None:
    first, last = NotFoundError("m/a.bin: first"), NotFoundError("m/a.bin: last")

    assert summary("m/a.bin", [Failure(None, first), Failure(None, last)]) is last


def test_a_mirror_that_lies_does_not_make_a_gone_origin_graver() -> None:
    lie = MismatchError("m/a.bin: expected sha256:1, received sha256:2")

    error = summary("m/a.bin", [Failure(None, GONE), Failure(MIRROR, lie)])

    assert type(error) is GoneError
    assert str(error) == (
        "m/a.bin: hub.example has nothing there\n"
        "  mirror https://m.example/{path}: has other bytes than models.lock says"
    )
    assert (error.hint, error.model) == ("keep models.lock", "m")


def test_the_host_that_asks_for_patience_is_still_known() -> None:
    limit = RateLimitError("m/a.bin: hub.example wants no more requests")
    limit.host = "hub.example"

    error = summary("m/a.bin", [Failure(None, limit), Failure(MIRROR, GONE)])

    assert isinstance(error, RateLimitError)
    assert error.host == "hub.example"


def test_several_failures_of_the_origin_are_told_with_the_mirrors_below() -> None:
    other = NetworkError("m/a.bin: api.example cannot be reached")

    error = summary("m/a.bin", [Failure(None, GONE), Failure(None, other), Failure(MIRROR, GONE)])

    assert isinstance(error, SeveralErrors)
    assert str(error.errors[1]).endswith("  mirror https://m.example/{path}: does not have it")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (WrongContentError("m/a.bin: expected a file, received a page"), "sends something else"),
        (MismatchError("m/a.bin: expected x, received y"), "has other bytes than models.lock"),
        (GONE, "does not have it"),
        (AuthenticationError("m/a.bin: m.example wants a token"), "wants a token, and a mirror"),
        (TruncatedError("m/a.bin: m.example broke off"), "breaks off, or stops sending"),
        (NetworkError("m/a.bin: m.example cannot be reached: no\n  more"), "m.example cannot be"),
    ],
)
def test_a_mirror_that_was_passed_over_is_named_with_its_reason(
    error: ModellockError, words: str
) -> None:
    rescue = Rescue(
        model="m", subject="m/a.bin", mirror="file:///m", failures=(Failure(MIRROR, error),)
    )

    (remark,) = remarks_on([rescue])

    assert remark.message.startswith(f"mirror {MIRROR}: {words}")
    assert remark.message.endswith(": m/a.bin")
    assert "received" not in remark.message


def test_each_place_is_told_of_once_however_many_files_it_failed() -> None:
    rescues = [
        Rescue(
            model="m",
            subject=f"m/{name}.bin",
            mirror="file:///{path}",
            failures=(
                Failure(None, GoneError(f"m/{name}.bin: hub.example has nothing there")),
                Failure(MIRROR, GoneError(f"m/{name}.bin: m.example answered 404")),
            ),
        )
        for name in ("c", "a", "b")
    ]

    assert list(remarks_on(rescues)) == [
        Remark(
            "m: the origin is gone: hub.example has nothing there; "
            "3 files came from file:///{path}",
            hint="`modellock verify --upstream m` says what upstream still has",
        ),
        Remark(
            f"mirror {MIRROR}: does not have it: m/a.bin and 2 more",
            hint="another place had the right bytes",
        ),
    ]


def test_several_mirrors_that_saved_one_model_are_counted() -> None:
    rescues = [
        Rescue(model="m", subject=f"m/{mirror}", mirror=mirror, failures=(Failure(None, error),))
        for mirror, error in (
            ("one", MismatchError("m/one: expected x, received y")),
            ("two", MismatchError("m/two: expected z, received y")),
        )
    ]

    (remark,) = remarks_on(rescues)

    assert remark.message == (
        "m: the origin has other bytes than models.lock says; 2 files came from 2 mirrors"
    )


def test_an_origin_that_fails_each_file_a_little_differently_is_told_of_once() -> None:
    rescues = [
        Rescue(
            model="m",
            subject=f"m/{name}",
            mirror=MIRROR,
            failures=(Failure(None, TruncatedError(f"m/{name}: hub.example broke off: {name}")),),
        )
        for name in ("a", "b")
    ]

    (remark,) = remarks_on(rescues)

    assert remark.message == (
        f"m: the origin breaks off, or stops sending; 2 files came from {MIRROR}"
    )
