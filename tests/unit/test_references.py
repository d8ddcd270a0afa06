import pytest

from modellock.references import Reference, Role, may_refer, references_in


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


def test_which_files_may_refer() -> None:
    names = ["config.json", "a/preprocessor_config.json", "adapter_config.json"]

    assert all(may_refer(name) for name in names)
    assert not may_refer("tokenizer.json")
