"""`lock` follows what models refer to, against the embedded Hub."""

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from modellock.documents.lockfile import LockedModel
from modellock.errors import (
    AuthenticationError,
    ClosureConflictError,
    GatedError,
    IdentityError,
    NotFoundError,
    OfflineError,
    SelectionError,
    UnknownNameError,
    UsageError,
)
from modellock.ports.reporting import Reporter
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.lock import check_lock
from modellock.verbs.verify_upstream import verify_upstream
from tests.integration.workspace import Heard, Workspace

EMBED = '[models.embed]\nhub = "acme/embed"\n'
LORA = '[models.lora]\nhub = "acme/lora"\n'
CODE = {
    "config.json": b"{}",
    "modeling.py": b"from .parts import Part\n",
    "parts.py": b"class Part: ...\n",
    "model.safetensors": b"w" * 50,
}


def config(reference: str) -> bytes:
    return json.dumps({"auto_map": {"AutoModel": reference}}).encode()


def adapter(base: str, revision: str | None = None) -> bytes:
    return json.dumps({"base_model_name_or_path": base, "revision": revision}).encode()


def publish_embed(workspace: Workspace) -> None:
    files = {"config.json": config("acme/code--modeling.Model"), "model.safetensors": b"e" * 40}
    workspace.hub.publish("acme/embed", files)
    workspace.hub.publish("acme/code", CODE)


def publish_lora(workspace: Workspace, revision: str | None = None, name: str = "lora") -> None:
    files = {
        "adapter_config.json": adapter("acme/base", revision),
        "adapter_model.safetensors": name.encode(),
    }
    workspace.hub.publish(f"acme/{name}", files)


def publish_base(workspace: Workspace, text: str = "1", tag: str = "") -> str:
    weights = text.encode() * 30
    files = {"config.json": b"{}", "model.safetensors": weights, "pytorch_model.bin": weights}
    if not tag:
        return workspace.hub.publish("acme/base", files)
    return workspace.hub.publish("acme/base", files, tag=tag)


def models(workspace: Workspace) -> Mapping[str, LockedModel]:
    return workspace.read_lock().models


def paths(model: LockedModel) -> list[str]:
    return [file.path for file in model.files]


def test_code_in_another_repository_is_locked(workspace: Workspace) -> None:
    publish_embed(workspace)
    workspace.write(EMBED + 'groups = ["text"]\n')

    result = workspace.lock()

    code = models(workspace)["acme/code"]
    assert paths(code) == ["config.json", "modeling.py", "parts.py"]
    assert (
        f"""
[models."acme/code"]
hub = "acme/code"
repo-id = "{code.repo_id}"
required-by = ["embed"]
revision = "main"
commit = "{code.commit}"
"""
        in workspace.lock_text
    )
    assert 'groups = ["text"]\nlayout = "hf-cache"\nsize = 42\n' in workspace.lock_text
    assert [change.name for change in result.changes] == ["acme/code", "embed"]


def test_a_second_lock_asks_nobody(workspace: Workspace) -> None:
    publish_embed(workspace)
    workspace.write(EMBED)
    workspace.lock()
    before, asked = workspace.lock_text, len(workspace.hub.requests)
    workspace.hub.publish("acme/code", {**CODE, "modeling.py": b"# newer\n"})

    result = workspace.lock()

    assert (workspace.lock_text, result.changes) == (before, ())
    assert len(workspace.hub.requests) == asked
    assert check_lock(workspace.project).changes == ()


def test_an_adapters_base_is_locked_with_its_revision(workspace: Workspace) -> None:
    pinned = publish_base(workspace, "1", tag="v1")
    publish_base(workspace, "2")
    publish_lora(workspace, "v1")
    workspace.write(LORA)

    workspace.lock()

    base = models(workspace)["acme/base"]
    assert (base.commit, base.revision) == (pinned, "v1")
    assert paths(base) == ["config.json", "model.safetensors"]


def test_components_are_locked_by_their_folder(workspace: Workspace) -> None:
    part = {"pretrained_model_name_or_path": "acme/parts", "subfolder": "vae", "revision": None}
    index = json.dumps({"_class_name": "P", "vae": ["diffusers", "VAE", part]}).encode()
    workspace.hub.publish("acme/pipeline", {"modular_model_index.json": index})
    workspace.hub.publish(
        "acme/parts",
        {"model_index.json": b"{}", "vae/config.json": b"{}", "vae/w.safetensors": b"v",
         "unet/config.json": b"{}", "unet/w.safetensors": b"u"},
    )  # fmt: skip
    workspace.write('[models.pipeline]\nhub = "acme/pipeline"\n')

    workspace.lock()

    parts = models(workspace)["acme/parts"]
    assert paths(parts) == ["model_index.json", "vae/config.json", "vae/w.safetensors"]


def test_references_are_followed_transitively_and_in_circles(workspace: Workspace) -> None:
    publish_lora(workspace)
    workspace.hub.publish(
        "acme/base", {"config.json": config("acme/code--modeling.Model"), "w.safetensors": b"w"}
    )
    back = {**CODE, "config.json": config("acme/base--modeling.Model")}
    workspace.hub.publish("acme/code", back)
    workspace.write(LORA + "marker = \"sys_platform == 'linux'\"\n")

    workspace.lock()

    found = models(workspace)
    assert {name: model.required_by for name, model in found.items()} == {
        "acme/base": ("acme/code", "lora"),
        "acme/code": ("acme/base",),
        "lora": (),
    }
    assert found["acme/code"].marker == "sys_platform == 'linux'"


def test_a_second_commit_gets_a_key_of_its_own(workspace: Workspace) -> None:
    first = publish_base(workspace, "1", tag="v1")
    second = publish_base(workspace, "2")
    publish_lora(workspace, "v1", name="a-lora")
    publish_lora(workspace, None, name="lora")
    workspace.write(LORA + '[models.a-lora]\nhub = "acme/a-lora"\n')

    workspace.lock()

    found = models(workspace)
    assert sorted(found) == ["a-lora", "acme/base", f"acme/base@{second[:12]}", "lora"]
    assert (found["acme/base"].commit, found["acme/base"].required_by) == (first, ("a-lora",))
    assert found[f"acme/base@{second[:12]}"].required_by == ("lora",)


def test_groups_and_markers_are_united(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    publish_lora(workspace, name="lora2")
    other = '[models.lora2]\nhub = "acme/lora2"\n'
    keys = 'groups = ["{}"]\nmarker = "sys_platform == \'{}\'"\n'

    workspace.write(LORA + keys.format("b", "linux") + other + keys.format("a", "darwin"))
    workspace.lock()
    united = models(workspace)["acme/base"]
    workspace.write(LORA + keys.format("b", "linux") + other)
    workspace.lock()
    always = models(workspace)["acme/base"]

    assert united.groups == ("a", "b")
    assert united.marker == "(sys_platform == 'darwin') or (sys_platform == 'linux')"
    assert (always.groups, always.marker) == ((), None)


def test_a_removed_requirer_removes_what_only_it_needed(workspace: Workspace) -> None:
    publish_embed(workspace)
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(EMBED + LORA)
    workspace.lock()

    workspace.write(EMBED)
    workspace.offline = True
    workspace.lock()

    assert sorted(models(workspace)) == ["acme/code", "embed"]


def test_of_a_repository_that_two_needed_the_files_of_the_other_leave(
    workspace: Workspace,
) -> None:
    publish_embed(workspace)
    files = {"adapter_config.json": adapter("acme/code"), "adapter_model.safetensors": b"a"}
    workspace.hub.publish("acme/lora", files)
    workspace.write(EMBED + LORA)
    workspace.lock()
    both = models(workspace)["acme/code"]

    workspace.write(EMBED)
    workspace.lock()

    code = models(workspace)["acme/code"]
    assert (len(both.files), both.required_by) == (4, ("embed", "lora"))
    assert (paths(code), code.required_by) == (
        ["config.json", "modeling.py", "parts.py"],
        ("embed",),
    )


def test_a_pin_stays_for_whoever_comes_later(workspace: Workspace) -> None:
    pinned = publish_base(workspace)
    publish_lora(workspace)
    publish_lora(workspace, name="lora2")
    workspace.write(LORA)
    workspace.lock()
    publish_base(workspace, "2")

    workspace.write(LORA + '[models.lora2]\nhub = "acme/lora2"\n')
    workspace.lock()

    base = models(workspace)["acme/base"]
    assert (base.commit, base.required_by) == (pinned, ("lora", "lora2"))


def test_an_update_moves_what_only_the_named_model_requires(workspace: Workspace) -> None:
    pinned = publish_base(workspace)
    publish_lora(workspace)
    publish_lora(workspace, name="lora2")
    two = LORA + '[models.lora2]\nhub = "acme/lora2"\n'
    workspace.write(two)
    workspace.lock()
    moved = publish_base(workspace, "2")

    workspace.lock("lora")
    shared = models(workspace)["acme/base"].commit
    workspace.write(LORA)
    workspace.lock()
    workspace.lock("lora")
    alone = models(workspace)["acme/base"].commit

    assert (shared, alone) == (pinned, moved)


def test_an_update_takes_the_name_of_a_closure_model(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    publish_lora(workspace, name="lora2")
    workspace.write(LORA + '[models.lora2]\nhub = "acme/lora2"\n')
    workspace.lock()
    before = models(workspace)
    moved = publish_base(workspace, "2")

    workspace.lock("acme/base")

    after = models(workspace)
    assert after["acme/base"].commit == moved
    assert after["lora"] == before["lora"]


def test_a_revision_that_others_say_is_not_for_update(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()

    with pytest.raises(UsageError, match="acme/base: its revision is the one that lora refers to"):
        workspace.lock("acme/base@v1")


def test_another_repository_under_the_name_is_accepted_by_name_alone(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()
    workspace.hub.delete("acme/base")
    workspace.hub.publish(
        "acme/base", {"config.json": b"{}", "w.safetensors": b"evil"}, object_id="66" * 12
    )

    with pytest.raises(IdentityError, match="acme/base is another repository now"):
        workspace.lock("lora")
    workspace.lock("acme/base")

    assert models(workspace)["acme/base"].repo_id == "66" * 12


def test_what_is_called_by_an_old_name_keeps_that_name(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.hub.rename("acme/base", "acme/foundation")
    workspace.write(LORA)

    workspace.lock()

    assert models(workspace)["acme/base"].origin == "acme/base"


def test_a_declared_model_serves_the_reference(workspace: Workspace) -> None:
    pinned = publish_base(workspace, tag="v1")
    publish_base(workspace, "2")
    publish_lora(workspace, "v1")
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\nrevision = "v1"\n')

    workspace.lock()
    before = workspace.lock_text
    again = workspace.lock()

    found = models(workspace)
    assert sorted(found) == ["base", "lora"]
    assert (found["base"].commit, found["base"].required_by) == (pinned, ("lora",))
    assert (workspace.lock_text, again.changes) == (before, ())


def test_a_reference_without_revision_takes_the_version_that_is_declared(
    workspace: Workspace,
) -> None:
    publish_base(workspace, tag="v1")
    publish_base(workspace, "2")
    publish_lora(workspace)
    include = 'include = ["config.json", "model.safetensors"]\n'
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\nrevision = "v1"\n' + include)

    workspace.lock()

    assert sorted(models(workspace)) == ["base", "lora"]


def test_another_commit_than_the_reference_names_is_a_conflict(workspace: Workspace) -> None:
    wanted = publish_base(workspace, tag="v1")
    declared = publish_base(workspace, "2")
    publish_lora(workspace, "v1")
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\n')

    with pytest.raises(ClosureConflictError) as caught:
        workspace.lock()

    assert str(caught.value) == (
        "base: does not serve what refers to acme/base at v1: "
        f"expected commit {wanted[:12]}, received {declared[:12]}\n"
        "  lora/adapter_config.json refers to acme/base at v1 (base model)"
    )
    assert caught.value.hint == (
        "change `revision` below [models.base], or write `closure = false` below "
        "the model that refers to it"
    )
    assert not workspace.project.has_lock()


def test_files_that_the_reference_needs_and_nobody_selected_are_a_conflict(
    workspace: Workspace,
) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\ninclude = ["config.json"]\n')

    with pytest.raises(ClosureConflictError) as caught:
        workspace.lock()

    assert str(caught.value) == (
        "base: does not serve what refers to acme/base: it lacks model.safetensors, "
        "pytorch_model.bin\n"
        "  lora/adapter_config.json refers to acme/base (base model)"
    )


def test_a_declared_model_that_moves_away_is_a_conflict(workspace: Workspace) -> None:
    publish_base(workspace, tag="v1")
    publish_lora(workspace, "v1")
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\n')
    workspace.lock()
    before = workspace.lock_text
    publish_base(workspace, "2")

    with pytest.raises(ClosureConflictError, match="refers to acme/base at v1"):
        workspace.lock("base")

    assert workspace.lock_text == before


def test_what_is_no_longer_declared_stays_where_it_was(workspace: Workspace) -> None:
    pinned = publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\n')
    workspace.lock()
    publish_base(workspace, "2")

    workspace.write(LORA)
    workspace.lock()

    assert models(workspace)["acme/base"].commit == pinned


def test_what_is_declared_now_replaces_the_closure_model(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()

    workspace.write(LORA + '[models.base]\nhub = "acme/base"\n')
    workspace.lock()

    assert {name: model.required_by for name, model in models(workspace).items()} == {
        "base": ("lora",),
        "lora": (),
    }


def test_a_missing_repository_is_told_with_the_chain(workspace: Workspace) -> None:
    publish_lora(workspace)
    workspace.hub.publish("acme/base", {"adapter_config.json": adapter("acme/gone"), "a.py": b""})
    workspace.hub.tokens["hf_mine"] = frozenset()
    workspace.environ = {"HF_TOKEN": "hf_mine"}
    workspace.write(LORA)

    with pytest.raises(NotFoundError) as caught:
        workspace.lock()

    assert str(caught.value).splitlines()[1:] == [
        "  lora/adapter_config.json refers to acme/base (base model)",
        "  acme/base/adapter_config.json refers to acme/gone (base model)",
    ]
    assert caught.value.hint == "write `closure = false` below [models.lora] to go without it"
    assert caught.value.model == "lora"


def test_a_gated_repository_is_told_with_the_chain(workspace: Workspace) -> None:
    publish_lora(workspace)
    workspace.hub.publish("acme/base", {"config.json": b"{}", "w.safetensors": b"w"}, gated="auto")
    workspace.write(LORA)

    with pytest.raises(GatedError) as caught:
        workspace.lock()

    assert "\n  lora/adapter_config.json refers to acme/base (base model)" in str(caught.value)


def test_quantisations_that_nothing_chooses_are_told_with_the_chain(workspace: Workspace) -> None:
    publish_lora(workspace)
    workspace.hub.publish("acme/base", {"a-q4.gguf": b"4", "a-q8.gguf": b"8"})
    workspace.write(LORA)

    with pytest.raises(SelectionError) as caught:
        workspace.lock()

    assert "has 2 GGUF quantisations" in str(caught.value)
    assert str(caught.value).endswith("refers to acme/base (base model)")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith('declare it: `hub = "acme/base"`')


def test_what_is_not_followed_is_noted(workspace: Workspace) -> None:
    publish_embed(workspace)
    heard = Heard()
    workspace.write(EMBED + "closure = false\n")

    workspace.lock(reporter=heard)

    assert heard.notes == [
        "embed/config.json: refers to code in acme/code, and stays unpinned: `closure = false`"
    ]
    assert sorted(models(workspace)) == ["embed"]


def test_following_can_be_turned_off_and_on(workspace: Workspace) -> None:
    publish_embed(workspace)
    workspace.write(EMBED)
    workspace.lock()

    workspace.write(EMBED + "closure = false\n")
    workspace.lock()
    off = sorted(models(workspace))
    workspace.write(EMBED)
    workspace.lock()

    assert off == ["embed"]
    assert sorted(models(workspace)) == ["acme/code", "embed"]


def test_code_that_the_selection_leaves_out_is_told(workspace: Workspace) -> None:
    files = {**CODE, "config.json": config("modeling.Model")}
    workspace.hub.publish("acme/embed", files)
    heard = Heard()
    workspace.write(EMBED + 'include = ["config.json", "modeling.py", "*.safetensors"]\n')

    workspace.lock(reporter=heard)

    assert heard.warnings == [
        (
            "embed/modeling.py: names code in parts.py, which is not selected: a loader would "
            'fetch it, and nothing pins it | "parts.py" in `include` brings it in'
        )
    ]


def test_a_flood_of_references_ends_before_anyone_is_asked_about_it(workspace: Workspace) -> None:
    classes = [f"acme/r{number}--m.C" for number in range(300)]
    content = json.dumps({"auto_map": {"AutoTokenizer": classes}}).encode()
    workspace.hub.publish("acme/embed", {"config.json": content})
    workspace.write(EMBED)

    with pytest.raises(SelectionError, match="more than 256 repositories"):
        workspace.lock()

    assert [one.path for one in workspace.hub.requests if "/acme/r" in one.path] == []


def test_offline_what_is_referred_to_cannot_be_asked_for(workspace: Workspace) -> None:
    publish_embed(workspace)
    workspace.write(EMBED + "closure = false\n")
    workspace.lock()
    workspace.offline = True
    workspace.write(EMBED)

    with pytest.raises(OfflineError, match="what models refer to is not known"):
        workspace.lock()


def test_a_machine_with_an_empty_store_fetches_only_what_it_must_read(
    workspace: Workspace,
) -> None:
    publish_embed(workspace)
    publish_base(workspace)
    publish_lora(workspace)
    publish_lora(workspace, name="lora2")
    workspace.write(EMBED + LORA)
    workspace.lock()
    shutil.rmtree(workspace.store)
    heard = Heard()

    workspace.write(EMBED + LORA + '[models.lora2]\nhub = "acme/lora2"\n')
    workspace.lock(reporter=heard)

    assert sorted(heard.started) == [
        "acme/base/config.json",
        "lora2/adapter_config.json",
    ]
    assert models(workspace)["acme/base"].required_by == ("lora", "lora2")


def test_two_branches_that_need_the_same_repository_merge(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    publish_lora(workspace, name="lora2")
    two = '[models.lora2]\nhub = "acme/lora2"\n'
    workspace.write(LORA)
    workspace.lock()
    ours = workspace.lock_text
    (workspace.directory / "models.lock").unlink()
    workspace.write(two)
    workspace.lock()
    theirs = workspace.lock_text
    workspace.write(LORA + two)
    conflict = f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n"
    (workspace.directory / "models.lock").write_text(conflict)

    workspace.lock()

    assert models(workspace)["acme/base"].required_by == ("lora", "lora2")


def test_what_others_require_is_resolved_anew_where_both_sides_moved_it(
    workspace: Workspace,
) -> None:
    publish_base(workspace, "1")
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()
    sides = []
    for number in ("2", "3"):
        publish_base(workspace, number)
        workspace.lock("acme/base")
        sides.append(workspace.lock_text)
    newest = publish_base(workspace, "4")
    conflict = f"<<<<<<< ours\n{sides[0]}=======\n{sides[1]}>>>>>>> theirs\n"
    (workspace.directory / "models.lock").write_text(conflict)

    result = workspace.lock()

    assert result.merged is not None
    assert (result.merged.both, result.merged.anew) == (("lora",), ("acme/base",))
    assert models(workspace)["acme/base"].commit == newest


def test_a_model_cannot_be_moved_to_two_revisions_at_once(workspace: Workspace) -> None:
    publish_lora(workspace, "v1")
    publish_base(workspace, tag="v1")
    workspace.write(LORA)
    workspace.lock()
    before = workspace.lock_text

    with pytest.raises(UsageError, match="lora: is named with two revisions: v1 and v2"):
        workspace.lock("lora@v1", "lora@v2")

    assert workspace.lock_text == before


def test_only_a_name_that_is_locked_can_be_updated(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()

    with pytest.raises(UnknownNameError, match="'acme/bass' is not a model of"):
        workspace.lock("acme/bass")


def test_a_second_commit_is_updated_by_its_key(workspace: Workspace) -> None:
    publish_base(workspace, "1", tag="v1")
    second = publish_base(workspace, "2")
    publish_lora(workspace, "v1", name="a-lora")
    publish_lora(workspace)
    workspace.write(LORA + '[models.a-lora]\nhub = "acme/a-lora"\n')
    workspace.lock()
    moved = publish_base(workspace, "3")

    workspace.lock(f"acme/base@{second[:12]}")

    assert f"acme/base@{moved[:12]}" in models(workspace)


def test_a_shard_that_is_missing_upstream_is_told_with_the_chain(workspace: Workspace) -> None:
    publish_lora(workspace)
    index = json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors"}}).encode()
    files = {"config.json": b"{}", "model.safetensors.index.json": index}
    workspace.hub.publish("acme/base", files)
    workspace.write(LORA)

    with pytest.raises(SelectionError) as caught:
        workspace.lock()

    assert str(caught.value).splitlines()[1:] == [
        "  lora/adapter_config.json refers to acme/base (base model)"
    ]


def test_a_chain_leads_through_what_was_locked_before(workspace: Workspace) -> None:
    publish_lora(workspace)
    publish_embed(workspace)
    workspace.hub.publish(
        "acme/base", {"config.json": config("acme/code--modeling.Model"), "w.safetensors": b"w"}
    )
    workspace.write(LORA)
    workspace.lock()
    workspace.hub.delete("acme/code")

    with pytest.raises(AuthenticationError) as caught:
        workspace.lock("acme/code")

    assert str(caught.value).splitlines()[1:] == [
        "  lora refers to acme/base",
        "  acme/base/config.json refers to acme/code (code)",
    ]


def test_what_is_newer_than_asked_for_is_passed_over(workspace: Workspace) -> None:
    files = {"config.json": b"{}", "w.safetensors": b"1"}
    old = workspace.hub.publish("acme/base", files, date="2026-01-01T00:00:00Z")
    workspace.hub.publish("acme/base", {"w.safetensors": b"2"}, date="2026-03-01T00:00:00Z")
    content = {"adapter_config.json": adapter("acme/base"), "a.safetensors": b"a"}
    workspace.hub.publish("acme/lora", content, date="2026-01-01T00:00:00Z")
    workspace.write(LORA)

    workspace.lock(exclude_newer=datetime(2026, 2, 1, tzinfo=UTC))

    assert models(workspace)["acme/base"].commit == old


def test_upstream_is_asked_by_the_name_that_is_referred_to(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.hub.rename("acme/base", "acme/foundation")
    workspace.write(LORA)
    workspace.lock()

    result = verify_upstream(workspace.project, workspace.settings, Reporter())

    assert result.findings == ()


def test_a_repository_that_many_refer_to_is_asked_about_once(
    workspace: Workspace,
) -> None:
    for number in range(8):
        publish_lora(workspace, name=f"lora{number}")
    publish_base(workspace)
    workspace.write("".join(f'[models.lora{n}]\nhub = "acme/lora{n}"\n' for n in range(8)))

    workspace.lock()

    asked = [one.path for one in workspace.hub.requests if "/api/models/acme/base" in one.path]
    assert len(asked) == 3


def test_a_model_that_was_declared_before_serves_what_comes_later(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    base = '[models.base]\nhub = "acme/base"\ninclude = ["config.json", "*.safetensors"]\n'
    workspace.write(base)
    workspace.lock()

    workspace.write(base + LORA)
    workspace.lock()

    assert models(workspace)["base"].required_by == ("lora",)


def test_other_origins_refer_to_nothing(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    (workspace.directory / "own").mkdir()
    (workspace.directory / "own" / "adapter_config.json").write_bytes(adapter("acme/other"))
    workspace.write(LORA + '[models.own]\nlocal = "own"\n')

    workspace.lock()

    assert sorted(models(workspace)) == ["acme/base", "lora", "own"]


def test_a_model_that_refers_to_itself_has_nothing_unpinned(workspace: Workspace) -> None:
    workspace.hub.publish("acme/embed", {**CODE, "config.json": config("acme/embed--modeling.M")})
    heard = Heard()
    workspace.write(EMBED)
    workspace.lock(reporter=heard)
    workspace.write(EMBED + "closure = false\n")
    workspace.lock("embed", reporter=heard)

    assert sorted(models(workspace)) == ["embed"]
    assert heard.notes == []


def test_a_model_in_layout_plain_that_others_refer_to_is_told(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\n')
    first, second, third = Heard(), Heard(), Heard()

    workspace.lock(reporter=first)
    workspace.lock(reporter=second)
    workspace.write(LORA + '[models.base]\nhub = "acme/base"\nlayout = "hf-cache"\n')
    workspace.lock("base", reporter=third)

    [note] = first.notes
    assert note == (
        "base: lora refers to acme/base, which a loader finds by that name where "
        '`layout = "hf-cache"` stands below [models.base]; now it has `plain`'
    )
    assert (second.notes, third.notes) == ([], [])


def test_an_index_that_another_model_needs_comes_from_a_mirror_where_its_hash_is_known(
    workspace: Workspace,
) -> None:
    index = json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}).encode()
    name = "model.safetensors.index.json"
    files = {name: index, "model-00001-of-00001.safetensors": b"w" * 30}
    publish_lora(workspace)
    workspace.hub.publish("acme/base", files, lfs=[name, "*.safetensors"])
    workspace.hub.lies.add(f"*{name}", Lie.status(404))
    with EmbeddedFiles({f"/{sha256_of_bytes(index).value}": index}) as mirror:
        workspace.write(f'[settings]\nmirrors = ["{mirror.url}/{{sha256}}"]\n\n{LORA}')

        workspace.lock()

    assert paths(models(workspace)["acme/base"]) == sorted(files)
