"""What users may import: exactly what `__all__` says, and nothing that came there by accident."""

import importlib
import types

import pytest

PUBLIC = ("modellock", "modellock.testing")

each_package = pytest.mark.parametrize("name", PUBLIC)


@each_package
def test_every_public_name_can_be_had(name: str) -> None:
    package = importlib.import_module(name)

    missing = [public for public in package.__all__ if not hasattr(package, public)]

    assert missing == []


@each_package
def test_nothing_else_is_public(name: str) -> None:
    package = importlib.import_module(name)

    visible = {
        attribute
        for attribute in dir(package)
        if not attribute.startswith("_")
        if not isinstance(getattr(package, attribute), types.ModuleType)
    }

    assert visible <= set(package.__all__)


@each_package
def test_public_names_are_listed_once_and_in_order(name: str) -> None:
    package = importlib.import_module(name)

    assert list(package.__all__) == sorted(set(package.__all__))
