from modellock.own_code import LeftOutModule, modules_left_out

CONFIG = b'{"auto_map": {"AutoModel": "modeling.Own"}}'


def test_a_module_that_a_configuration_names_is_missed() -> None:
    found = modules_left_out({"config.json": CONFIG}, {"config.json", "modeling.py"})

    assert found == (LeftOutModule("modeling.py", "config.json"),)


def test_a_module_that_selected_code_imports_is_missed() -> None:
    contents = {"config.json": CONFIG, "modeling.py": b"from .parts import Part\n"}

    found = modules_left_out(contents, {"config.json", "modeling.py", "parts.py"})

    assert found == (LeftOutModule("parts.py", "modeling.py"),)


def test_what_upstream_does_not_have_either_is_not_missed() -> None:
    assert modules_left_out({"config.json": CONFIG}, {"config.json"}) == ()
