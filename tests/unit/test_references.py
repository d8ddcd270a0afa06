import pytest

from modellock.decisions.references import (
    Reference,
    Role,
    may_refer,
    modules_imported,
    modules_in,
    references_in,
)


def test_remote_code_is_a_reference() -> None:
    content = (
        b'{"auto_map": {"AutoConfig": "nomic-ai/nomic-bert-2048--configuration.NomicConfig",'
        b' "AutoModel": "nomic-ai/nomic-bert-2048--modeling.NomicModel",'
        b' "AutoModelForX": "modeling_here.Own"}}'
    )

    assert references_in("config.json", content) == (
        Reference("nomic-ai/nomic-bert-2048", Role.CODE, "config.json"),
    )


@pytest.mark.parametrize(
    "auto_map",
    [b'{"AutoTokenizer": ["a/b--tok.Slow", null]}', b'["a/b--tok.Slow", "a/b--tok.Fast"]'],
)
def test_a_tokenizers_pair_of_classes_is_read(auto_map: bytes) -> None:
    found = references_in("sub/tokenizer_config.json", b'{"auto_map": ' + auto_map + b"}")

    assert found == (Reference("a/b", Role.CODE, "sub/tokenizer_config.json"),)


def test_an_adapters_base_model_is_a_reference() -> None:
    content = b'{"base_model_name_or_path": "acme/base", "revision": null}'

    assert references_in("adapter_config.json", content) == (
        Reference("acme/base", Role.BASE, "adapter_config.json"),
    )


def test_a_pipelines_components_are_references() -> None:
    content = (
        b'{"_class_name": "P", "vae": ["diffusers", "VAE",'
        b' {"pretrained_model_name_or_path": "acme/vae", "revision": null}], "x": ["a", "b"]}'
    )

    assert references_in("modular_model_index.json", content) == (
        Reference("acme/vae", Role.COMPONENT, "modular_model_index.json"),
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"auto_map": 3}',
        b'{"auto_map": {"AutoModel": "/home/me/model--x.Y"}}',
        b"[" * 100_000,
    ],
)
def test_what_refers_to_nothing_yields_nothing(content: bytes) -> None:
    assert references_in("config.json", content) == ()


@pytest.mark.parametrize("base", [b'"/home/me/base"', b"null", b'"C:\\\\models"', b"7"])
def test_a_base_model_on_somebodys_disk_is_no_reference(base: bytes) -> None:
    content = b'{"base_model_name_or_path": ' + base + b"}"

    assert references_in("adapter_config.json", content) == ()


def test_an_adapters_base_has_the_revision_that_the_adapter_names() -> None:
    content = b'{"base_model_name_or_path": "acme/base", "revision": "refs/pr/1"}'

    (found,) = references_in("sub/adapter_config.json", content)

    assert (found.revision, found.path) == ("refs/pr/1", "sub/adapter_config.json")


@pytest.mark.parametrize("revision", [b'"a b"', b'"../x"'])
def test_a_revision_that_git_could_not_have_is_no_reference(revision: bytes) -> None:
    content = b'{"base_model_name_or_path": "acme/base", "revision": ' + revision + b"}"

    assert references_in("adapter_config.json", content) == ()


def test_a_component_has_its_folder_and_revision() -> None:
    content = (
        b'{"vae": [null, null, {"pretrained_model_name_or_path": "acme/parts",'
        b' "subfolder": "vae/", "revision": "v1"}],'
        b' "unet": [null, null, {"pretrained_model_name_or_path": "acme/parts",'
        b' "subfolder": "../unet"}]}'
    )

    found = references_in("modular_model_index.json", content)

    assert [(one.revision, one.subfolder) for one in found] == [("main", ""), ("v1", "vae")]


def test_the_types_of_a_sentence_transformers_modules_are_read() -> None:
    content = (
        b'[{"idx": 0, "path": "", "type": "acme/st--custom.Transformer"},'
        b' {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}, 7]'
    )

    assert references_in("modules.json", content) == (
        Reference("acme/st", Role.CODE, "modules.json"),
    )


def test_the_types_of_a_router_are_read() -> None:
    content = b'{"types": {"query": "acme/st--custom.Router"}, "structure": {}}'

    assert references_in("router_config.json", content) == (
        Reference("acme/st", Role.CODE, "router_config.json"),
    )


def test_the_parts_of_a_model_are_read_too() -> None:
    content = b'{"text_config": {"auto_map": {"AutoModel": "acme/text--m.Text"}}}'

    assert references_in("config.json", content) == (
        Reference("acme/text", Role.CODE, "config.json"),
    )


@pytest.mark.parametrize(
    ("path", "content", "modules"),
    [
        ("config.json", b'{"auto_map": {"AutoModel": "modeling.Own"}}', {"modeling.py"}),
        ("config.json", b'{"auto_map": {"AutoModel": "acme/own--modeling.Own"}}', {"modeling.py"}),
        ("config.json", b'{"auto_map": {"AutoModel": "acme/other--modeling.Own"}}', set()),
        ("modules.json", b'[{"type": "custom_st.Transformer"}]', {"custom_st.py"}),
        ("modules.json", b'[{"type": "sentence_transformers.Router"}]', set()),
        ("router_config.json", b'{"types": {"q": "route.Q"}}', {"route.py"}),
        ("adapter_config.json", b'{"auto_map": {"AutoModel": "modeling.Own"}}', set()),
        ("tokenizer.json", b'{"auto_map": {"AutoModel": "modeling.Own"}}', set()),
    ],
)
def test_code_beside_a_configuration_is_named(path: str, content: bytes, modules: set[str]) -> None:
    assert modules_in(path, content, "acme/own") == modules


def test_relative_imports_are_files_beside() -> None:
    content = (
        b"import torch\nfrom .configuration import Config\nimport .extra\n"
        b"try:\n    from .flash import attention\nexcept ImportError: ...\nfrom ..far import x\n"
    )

    assert modules_imported("modeling.py", content) == {
        "configuration.py",
        "extra.py",
        "flash.py",
    }
    assert modules_imported("code/modeling.py", b"from .parts import Part") == {"code/parts.py"}


def test_which_files_may_refer() -> None:
    names = ["config.json", "a/preprocessor_config.json", "adapter_config.json", "modules.json"]

    assert all(may_refer(name) for name in names)
    assert not may_refer("tokenizer.json")
    assert not may_refer("generation_config.json")
