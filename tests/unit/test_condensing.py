from modellock.decisions.condensing import condensed
from modellock.errors import GoneError, MismatchError, NetworkError


def lost(path: str, words: str = "hub.example cannot be reached") -> NetworkError:
    return NetworkError(f"m/{path}: {words}", hint="check the network", model="m")


def test_what_befell_many_files_alike_is_one_error() -> None:
    first, *others = condensed([lost("a"), lost("b/c"), lost("d")])

    assert others == []
    assert type(first) is NetworkError
    assert str(first) == "m: 3 files not fetched: hub.example cannot be reached"
    assert (first.model, first.hint) == ("m", "check the network")


def test_other_words_other_kinds_and_other_models_stay_apart() -> None:
    errors = [
        lost("a"),
        lost("b", "cdn.example cannot be reached"),
        GoneError("m/c: hub.example cannot be reached", hint="check the network", model="m"),
        NetworkError("n/a: hub.example cannot be reached", hint="check the network", model="n"),
        NetworkError("m/d: hub.example cannot be reached", model="m"),
    ]

    assert condensed(errors) == errors


def test_what_names_no_file_stands_for_itself() -> None:
    errors = [MismatchError("m: wrong", model="m"), MismatchError("m: wrong", model="m")]

    assert condensed(errors) == errors
    assert condensed([NetworkError("x/y: lost"), NetworkError("x/z: lost")]) != []
