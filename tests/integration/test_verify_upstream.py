"""`verify --upstream` against the embedded services: what is still as it was locked."""

import re
import shutil
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from modellock.errors import (
    AuthenticationError,
    GoneError,
    IdentityError,
    MismatchError,
    MissingLockError,
    ModellockError,
    OfflineError,
    RenamedError,
    ReplacedError,
    UnknownNameError,
)
from modellock.ports.reporting import Reporter
from modellock.testing import Lie
from modellock.testing.wire.exchange import json_reply
from modellock.verbs.upstream_result import UpstreamResult
from modellock.verbs.verify_upstream import verify_upstream
from tests.integration.workspace import Workspace

HUB = '[models.minilm]\nhub = "acme/minilm"\n'
TAGGED = '[models.minilm]\nhub = "acme/minilm"\nversion = ">=1"\n'
GITHUB = '[models.whisper]\ngithub = "acme/whisper"\n'
FILES = {"config.json": b"{}", "model.safetensors": b"weights"}


def verify(workspace: Workspace, *names: str) -> UpstreamResult:
    workspace.hub.requests.clear()
    workspace.github.requests.clear()
    return verify_upstream(workspace.project, workspace.settings, Reporter(), names)


def found(result: UpstreamResult) -> list[tuple[type[ModellockError], str]]:
    return [(type(error), str(error)) for error in result.findings]


@pytest.fixture
def both(workspace: Workspace) -> Workspace:
    """A locked model of a Hub and one of GitHub."""
    workspace.hub.publish("acme/minilm", FILES, tag="v1.0")
    workspace.github.publish("acme/whisper", "v1.4", {"m.bin": b"mm", "vocab.txt": b"v"})
    workspace.write(HUB + GITHUB)
    workspace.lock()
    return workspace


def empty_store(workspace: Workspace) -> None:
    shutil.rmtree(workspace.store)


def test_what_upstream_still_says_is_whole_and_costs_a_few_small_requests(both: Workspace) -> None:
    result = verify(both)

    assert result == UpstreamResult(
        models=2, files=4, size=12, findings=(), warnings=(), unsure=(), fetched=0
    )
    assert result.is_whole
    assert len(both.hub.requests) == 3
    assert len(both.github.requests) == 3
    assert not any("/resolve/" in request.path for request in both.hub.requests)


def test_a_named_model_is_asked_about_alone(both: Workspace) -> None:
    result = verify(both, "whisper")

    assert (result.models, result.files) == (1, 2)
    assert len(both.hub.requests) == 0


def test_an_unknown_name_is_an_error(both: Workspace) -> None:
    with pytest.raises(
        UnknownNameError, match=r"'wisper' is not a model of models\.lock"
    ) as caught:
        verify(both, "wisper")

    assert caught.value.hint == "did you mean `whisper`?"


def test_without_a_lock_there_is_nothing_to_verify(workspace: Workspace) -> None:
    with pytest.raises(MissingLockError):
        verify(workspace)


def test_without_a_network_nobody_is_asked(both: Workspace) -> None:
    both.offline = True

    with pytest.raises(OfflineError, match="--offline turns the network off"):
        verify(both)

    assert len(both.hub.requests) == len(both.github.requests) == 0


def test_another_repository_under_the_name_is_the_only_finding(both: Workspace) -> None:
    before = both.hub.repository("acme/minilm")
    both.hub.delete("acme/minilm")
    both.hub.publish("acme/minilm", {"config.json": b"evil"})
    both.hub.repository("acme/minilm").commits.update(before.commits)

    assert found(verify(both)) == [
        (
            IdentityError,
            (
                "minilm: acme/minilm is another repository now: "
                f"expected id {before.object_id}, "
                f"received {both.hub.repository('acme/minilm').object_id}"
            ),
        )
    ]


def test_another_repository_is_told_although_it_has_nothing_of_what_is_pinned(
    both: Workspace,
) -> None:
    both.hub.delete("acme/minilm")
    both.hub.publish("acme/minilm", {"config.json": b"evil"})
    both.github.delete("acme/whisper")
    both.github.publish("acme/whisper", "v9", {"m.bin": b"evil"}, repository_id=7)

    result = verify(both)

    assert [(type(one), str(one).partition(" now:")[0]) for one in result.findings] == [
        (IdentityError, "minilm: acme/minilm is another repository"),
        (IdentityError, "whisper: acme/whisper is another repository"),
    ]


def test_renamed_repositories_are_told_with_what_to_write(both: Workspace) -> None:
    both.hub.rename("acme/minilm", "acme/minilm-v2")
    both.github.rename("acme/whisper", "acme/whisper-models")

    result = verify(both)

    assert found(result) == [
        (RenamedError, "minilm: acme/minilm answers as acme/minilm-v2"),
        (RenamedError, "whisper: acme/whisper answers as acme/whisper-models"),
    ]
    assert result.findings[0].hint == 'write `hub = "acme/minilm-v2"` below [models.minilm]'


def test_a_commit_that_vanished_is_gone(both: Workspace) -> None:
    repository = both.hub.repository("acme/minilm")
    repository.forget(repository.branches["main"])

    (error,) = verify(both, "minilm").findings

    assert isinstance(error, GoneError)
    assert "no such revision" in str(error)
    assert error.model == "minilm"


def test_a_release_or_an_asset_that_vanished_is_gone(both: Workspace) -> None:
    both.github.repository("acme/whisper").remove_asset("v1.4", "m.bin")

    assert found(verify(both, "whisper")) == [
        (GoneError, "whisper/m.bin: acme/whisper no longer has it")
    ]

    both.github.repository("acme/whisper").releases.clear()

    (error,) = verify(both, "whisper").findings
    assert isinstance(error, GoneError)
    assert "release v1.4 of acme/whisper" in str(error)


def test_a_replaced_asset_is_told_with_both_digests_and_numbers(both: Workspace) -> None:
    old = both.github.repository("acme/whisper").release("v1.4").asset("m.bin")
    new = both.github.repository("acme/whisper").set_asset("v1.4", "m.bin", b"other")

    assert found(verify(both)) == [
        (
            ReplacedError,
            (
                "whisper/m.bin: was replaced upstream: expected 2 bytes, received 5; "
                f"expected {old.digest}, received {new.digest}; "
                f"expected asset {old.id}, received asset {new.id}"
            ),
        )
    ]


def test_a_moved_release_tag_is_told(both: Workspace) -> None:
    locked = both.read_lock().models["whisper"]
    both.github.repository("acme/whisper").set_tag("v1.4", "0" * 40)

    assert found(verify(both)) == [
        (
            ReplacedError,
            (
                "whisper: tag v1.4 of acme/whisper was moved: "
                f"expected commit {locked.commit}, received {'0' * 40}"
            ),
        )
    ]


def test_a_moved_tag_of_a_hub_is_told_though_the_pinned_commit_is_still_there(
    workspace: Workspace,
) -> None:
    first = workspace.hub.publish("acme/minilm", FILES, tag="v1.0")
    workspace.write(TAGGED)
    workspace.lock()
    second = workspace.hub.publish("acme/minilm", {"config.json": b"other"}, tag="v1.0")

    assert found(verify(workspace)) == [
        (
            ReplacedError,
            (
                "minilm: tag v1.0 of acme/minilm was moved: "
                f"expected commit {first}, received {second}"
            ),
        )
    ]


def test_a_deleted_tag_of_a_hub_is_gone(workspace: Workspace) -> None:
    workspace.hub.publish("acme/minilm", FILES, tag="v1.0")
    workspace.write(TAGGED)
    workspace.lock()
    workspace.hub.repository("acme/minilm").tags.clear()

    assert found(verify(workspace)) == [
        (GoneError, "minilm: tag v1.0 of acme/minilm is gone"),
    ]


def test_an_annotated_tag_that_stays_is_no_finding(workspace: Workspace) -> None:
    commit = workspace.hub.publish("acme/minilm", FILES)
    workspace.hub.repository("acme/minilm").set_tag("v1.0", commit, annotated=True)
    workspace.hub.settings.peels_tags = False
    workspace.write(TAGGED)
    workspace.lock()

    assert found(verify(workspace)) == []


def test_a_hash_that_was_edited_in_the_lock_is_told_as_a_lie(both: Workspace) -> None:
    locked = both.read_lock().models["minilm"].files[1]
    forge(both, "minilm", locked.digest.value)

    (error,) = verify(both).findings

    assert isinstance(error, MismatchError)
    assert str(error) == (
        f"minilm/model.safetensors: expected sha256:{'0' * 64}, received {locked.digest}; "
        "a commit cannot change, so models.lock or the Hub says what is not true"
    )


def forge(workspace: Workspace, model: str, value: str) -> None:
    """Put another sha256 into models.lock, and the tree digest that goes with it."""
    before = workspace.read_lock().models[model].tree
    path = workspace.directory / "models.lock"
    path.write_text(path.read_text().replace(value, "0" * 64))
    with pytest.raises(ModellockError) as caught:
        workspace.read_lock()
    (after,) = set(re.findall(r"blake3:[0-9a-f]{64}", str(caught.value))) - {str(before)}
    path.write_text(path.read_text().replace(str(before), after))


def test_a_forged_hash_of_a_small_file_is_found_by_fetching_that_file(both: Workspace) -> None:
    config = both.read_lock().models["minilm"].files[0]
    forge(both, "minilm", config.digest.value)
    empty_store(both)

    (error,) = verify(both).findings

    assert isinstance(error, MismatchError)
    assert str(error).startswith(
        f"minilm/config.json: expected sha256:{'0' * 64}, received sha256:"
    )
    assert both.blobs() == []


def test_small_files_that_only_their_bytes_vouch_for_are_fetched_once(both: Workspace) -> None:
    empty_store(both)

    assert verify(both).fetched == 2
    assert [path for path in paths(both) if "/resolve/" in path] == [
        f"/acme/minilm/resolve/{both.read_lock().models['minilm'].commit}/config.json"
    ]
    assert verify(both).fetched == 0


def paths(workspace: Workspace) -> list[str]:
    return [request.path for request in workspace.hub.requests]


def test_a_git_object_id_that_is_not_that_of_the_locked_bytes_is_told(both: Workspace) -> None:
    entries = [
        {"type": "file", "path": "config.json", "size": 2, "oid": "0" * 40},
        {"type": "file", "path": "model.safetensors", "size": 8, "oid": "0" * 40},
    ]
    both.hub.lies.add("*/tree/*", Lie.reply(json_reply(entries)))

    assert [(kind, text.partition("; ")[0]) for kind, text in found(verify(both))] == [
        (
            MismatchError,
            (
                "minilm/config.json: expected git object 9e26dfeeb6e641a33dae4961196235bdb965b21b, "
                f"received {'0' * 40}"
            ),
        ),
        (MismatchError, "minilm/model.safetensors: expected 7 bytes, received 8"),
    ]


def test_a_file_that_the_pinned_commit_does_not_have_is_told_as_a_lie(both: Workspace) -> None:
    both.hub.lies.add("*/tree/*", Lie.reply(json_reply([])))

    assert [kind for kind, _ in found(verify(both))] == [MismatchError, MismatchError]


def test_a_repository_that_became_gated_is_a_warning(both: Workspace) -> None:
    both.hub.repository("acme/minilm").gated = "auto"

    result = verify(both)

    assert result.findings == ()
    assert result.warnings == (
        "minilm: acme/minilm became gated: who syncs it needs a token from now on",
    )


def test_what_cannot_be_asked_is_a_finding_and_the_rest_is_asked(both: Workspace) -> None:
    both.hub.repository("acme/minilm").private = True

    assert [(kind, error.model) for (kind, _), error in zipped(verify(both))] == [
        (AuthenticationError, "minilm")
    ]
    assert len(both.github.requests) == 3


def zipped(result: UpstreamResult) -> list[tuple[tuple[type[ModellockError], str], ModellockError]]:
    return list(zip(found(result), result.findings, strict=True))


def test_assets_whose_digest_nobody_tells_are_named(workspace: Workspace) -> None:
    workspace.github.publish("acme/whisper", "v1.4", {"m.bin": b"mm"}, digest=False)
    workspace.write(GITHUB)
    workspace.lock()

    result = verify(workspace)

    assert result.is_whole
    assert result.unsure == ("whisper/m.bin",)


@pytest.fixture
def pose(workspace: Workspace, httpserver: HTTPServer) -> Workspace:
    """A locked model that is one URL."""
    httpserver.expect_request("/pose.task").respond_with_data(b"task")
    workspace.write(f'[models.pose]\nurl = "{httpserver.url_for("/pose.task")}"\n')
    workspace.lock()
    httpserver.clear()
    return workspace


@pytest.mark.parametrize(
    ("status", "headers", "size"),
    [
        (206, {"Content-Range": "bytes 0-0/4"}, 1),
        (200, {}, 4),
        (206, {"Content-Range": "bytes 0-0/*"}, 1),
        (206, {"Content-Range": f"bytes 0-0/{'9' * 5000}"}, 1),
    ],
)
def test_of_a_url_the_size_is_compared_and_the_content_unsure(
    pose: Workspace, httpserver: HTTPServer, status: int, headers: dict[str, str], size: int
) -> None:
    expected = httpserver.expect_request("/pose.task", headers={"Range": "bytes=0-0"})
    expected.respond_with_data(bytes(size), status, headers)

    result = verify(pose)

    assert result.is_whole
    assert result.unsure == ("pose/pose.task",)


@pytest.mark.parametrize(
    ("status", "headers", "size"),
    [
        (206, {"Content-Range": "bytes 0-0/5"}, 1),
        (200, {}, 5),
        (416, {"Content-Range": "bytes */5"}, 0),
    ],
)
def test_a_url_of_another_size_was_replaced(
    pose: Workspace, httpserver: HTTPServer, status: int, headers: dict[str, str], size: int
) -> None:
    httpserver.expect_request("/pose.task").respond_with_data(bytes(size), status, headers)

    assert found(verify(pose)) == [
        (
            ReplacedError,
            "pose/pose.task: was replaced upstream: expected 4 bytes, received 5",
        )
    ]


def test_a_url_that_serves_no_more_is_gone(pose: Workspace, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/pose.task").respond_with_data(b"", 404)

    assert [kind for kind, _ in found(verify(pose))] == [GoneError]


def test_a_local_directory_that_changed_is_told(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "style.bin").write_bytes(b"style")
    workspace.write('[models.house]\nlocal = "../house"\n')
    workspace.lock()
    workspace.offline = True
    assert verify(workspace).is_whole

    (tmp_path / "house" / "style.bin").write_bytes(b"STYLE")

    assert [kind for kind, _ in found(verify(workspace))] == [ReplacedError]

    (tmp_path / "house" / "style.bin").unlink()

    assert [kind for kind, _ in found(verify(workspace))] == [GoneError]
