import errno
import os

import pytest

from modellock.cli.defects import told
from modellock.cli.exits import exit_code
from modellock.cli.tables import aligned
from modellock.shell.whereabouts import project_directory


def caught(cause: object) -> Exception:
    """What our own code raises when it is handed nonsense."""
    try:
        project_directory(cause)  # type: ignore[arg-type]
    except TypeError as error:
        return error
    raise AssertionError(cause)


def test_a_defect_names_its_kind_and_place_and_asks_for_a_report() -> None:
    error = told(caught(object()), verbose=False)

    assert exit_code(error) == 70
    assert error.code == "internal"
    assert str(error).startswith(
        "modellock 0.1.0 failed unexpectedly: TypeError at modellock/shell/whereabouts.py:"
    )
    assert error.hint == "please report this, with what the same command says under `-v`"


def test_what_a_defect_says_is_told_to_who_asks_for_it_alone() -> None:
    fault = ValueError("https://host/file?X-Amz-Signature=0123")

    quiet, verbose = told(fault_of(fault), verbose=False), told(fault_of(fault), verbose=True)

    assert "Signature" not in str(quiet)
    assert str(verbose).endswith("ValueError: https://host/file?X-Amz-Signature=0123")
    assert "Traceback (most recent call last):" in str(verbose)


def fault_of(error: Exception) -> Exception:
    """The same error, raised once."""
    try:
        raise error
    except ValueError as raised:
        return raised


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, 2), (errno.EROFS, 2), (errno.ENOSPC, 3), (errno.EDQUOT, 3)]
)
def test_what_the_system_refuses_is_told_with_its_path(number: int, code: int) -> None:
    error = told(OSError(number, os.strerror(number), "/srv/models.lock"), verbose=False)

    assert exit_code(error) == code
    assert str(error).startswith("/srv/models.lock: ")
    assert os.strerror(number) in str(error)


def test_columns_line_up_also_where_characters_are_wide() -> None:
    rows = [("日本", "x"), ("a", "yy", "z"), ("e\u0301tude", "")]

    assert list(aligned(rows, indent=1)) == [" 日本   x", " a      yy  z", " e\u0301tude"]
