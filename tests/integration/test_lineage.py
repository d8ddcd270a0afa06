"""`tree` and `why` in a project: closure models, placed files, stray files and links."""

from pathlib import Path

import pytest

from modellock.errors import MissingLockError
from modellock.verbs.tree import tree
from modellock.verbs.why import WhyResult, why
from tests import fixtures_upstream as upstream
from tests.integration.workspace import Workspace

MANIFEST = f"""\
[models.embed]
hub = "{upstream.EMBEDDING}"

[models.lora]
hub = "{upstream.ADAPTER}"
include = ["adapter_*"]
"""


@pytest.fixture
def locked(workspace: Workspace) -> Workspace:
    upstream.remote_code_embedding(workspace.hub)
    upstream.adapter_with_base(workspace.hub)
    workspace.write(MANIFEST)
    workspace.lock()
    return workspace


def asked(workspace: Workspace, what: str) -> WhyResult:
    return why(workspace.project, what, str(workspace.directory))


def test_a_tree_adds_up_what_is_told(locked: Workspace) -> None:
    whole = tree(locked.project)
    part = tree(locked.project, ["embed"])
    top = tree(locked.project, depth=1)

    models = locked.read_lock().models
    assert [branch.model.name for branch in whole.branches] == ["embed", "lora"]
    assert (whole.models, part.models, top.models) == (4, 2, 2)
    assert whole.size == sum(model.size for model in models.values())
    assert part.size == models["embed"].size + models[upstream.EMBEDDING_CODE].size
    # Two files of the embedding are an empty object; the tokenizer's are the base's, too.
    assert (part.size - part.distinct, whole.size - whole.distinct) == (3, 55)


def test_what_is_required_is_known_by_its_chain(locked: Workspace) -> None:
    needed = asked(locked, upstream.SHARDED).model

    assert needed is not None
    assert needed.chains == (("lora", upstream.SHARDED),)


def test_a_digest_is_known_by_the_files_that_have_it(locked: Workspace) -> None:
    tokenizer = next(
        file for file in locked.read_lock().models["embed"].files if file.path == "tokenizer.json"
    )

    found = asked(locked, str(tokenizer.digest)).files

    assert [(one.holding.model.name, one.holding.file.path) for one in found] == [
        (upstream.SHARDED, "tokenizer.json"),
        ("embed", "tokenizer.json"),
    ]
    assert found[0].needed.chains == (("lora", upstream.SHARDED),)


def test_a_link_is_followed_to_the_bytes_it_shows(locked: Workspace, tmp_path: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(b'{"model_type": "bert_code"}\n')
    link = tmp_path / "cafe"
    link.symlink_to(blob)

    result = asked(locked, str(link))

    assert [one.holding.model.name for one in result.files] == [upstream.EMBEDDING_CODE]
    assert result.placed is None


def test_a_placed_path_is_known_before_anything_is_placed(locked: Workspace) -> None:
    result = asked(locked, "models/lora/adapter_config.json")

    assert result.placed is not None
    assert result.placed.holding.file.path == "adapter_config.json"
    assert (result.digest, result.files, result.is_known) == (None, (), True)


def test_a_models_directory_is_known_as_the_model(locked: Workspace) -> None:
    needed = asked(locked, "./models/lora/").model

    assert needed is not None
    assert needed.model.name == "lora"


def test_a_file_whose_name_is_a_digest_is_hashed_where_no_locked_file_has_it(
    locked: Workspace,
) -> None:
    (locked.directory / "0123456789abcdef").write_bytes(b"class BertCodeConfig: ...\n")

    result = asked(locked, "0123456789abcdef")

    assert [one.holding.file.path for one in result.files] == ["configuration_hf_bert.py"]


def test_a_model_goes_before_a_file_of_its_name(locked: Workspace) -> None:
    (locked.directory / "embed").write_bytes(b"e")

    assert asked(locked, "embed").model is not None
    assert asked(locked, "./embed").model is None


@pytest.mark.parametrize("what", ["embd", "models", "models/embed/none.bin", ""])
def test_what_nobody_knows_has_no_answer(what: str, locked: Workspace) -> None:
    result = asked(locked, what)

    assert not result.is_known
    assert result.nearest == ("embed" if what == "embd" else None)


def test_without_a_lock_nothing_can_be_asked(workspace: Workspace) -> None:
    workspace.write(MANIFEST)

    for ask in (lambda: tree(workspace.project), lambda: asked(workspace, "embed")):
        with pytest.raises(MissingLockError):
            ask()
