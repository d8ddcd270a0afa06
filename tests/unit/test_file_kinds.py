import pytest

from modellock.decisions.file_kinds import kind_of, kinds_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("model.safetensors", "weights"),
        ("pytorch_model.bin", "weights"),
        ("modeling_bert.py", "code"),
        ("tokenizer_config.json", "tokenizer"),
        ("sub/vocab.txt", "tokenizer"),
        ("config.json", "configuration"),
        ("chat_template.jinja", "configuration"),
        ("README.md", "documentation"),
        ("LICENSE", "documentation"),
        (".gitattributes", "documentation"),
        ("data.parquet", "other files"),
    ],
)
def test_a_file_is_sorted_by_what_it_is_for(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_the_kinds_among_files_come_gravest_first() -> None:
    assert kinds_of(["README.md", "a.safetensors", "b.safetensors"]) == ("weights", "documentation")
