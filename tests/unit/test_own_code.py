from modellock.decisions.own_code import LeftOutModule, modules_left_out

REPOSITORY = "acme/embed"
CONFIG = b'{"auto_map": {"AutoModel": "modeling.Own"}}'


def test_a_module_that_a_configuration_names_is_missed() -> None:
    found = modules_left_out(REPOSITORY, {"config.json": CONFIG}, {"modeling.py", "other.py"})

    assert found == (LeftOutModule("modeling.py", "config.json"),)


def test_a_module_that_selected_code_imports_is_missed() -> None:
    contents = {"config.json": CONFIG, "modeling.py": b"from .parts import Part\n"}

    found = modules_left_out(REPOSITORY, contents, {"parts.py"})

    assert found == (LeftOutModule("parts.py", "modeling.py"),)


def test_what_upstream_does_not_have_either_is_not_missed() -> None:
    assert modules_left_out(REPOSITORY, {"config.json": CONFIG}, set()) == ()
