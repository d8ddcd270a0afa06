"""What a sync says of a release asset that its publisher replaced."""

import hashlib
import shutil

import pytest

from modellock.errors import MismatchError, ReplacedError, SeveralErrors
from modellock.ports.reporting import Reporter
from modellock.testing import Lie
from modellock.verbs.sync import sync
from tests.integration.workspace import Workspace

OLD, NEW = (f"sha256:{hashlib.sha256(text).hexdigest()}" for text in (b"old bytes", b"new bytes"))


def lock_and_replace(workspace: Workspace, *, digest: bool = True) -> int:
    """Lock a release, then let its publisher upload other bytes; the id of the locked asset."""
    workspace.github.publish("acme/w", "v1", {"w.bin": b"old bytes"}, digest=digest)
    workspace.write('[models.w]\ngithub = "acme/w"\n')
    workspace.lock()
    workspace.github.repository("acme/w").set_asset("v1", "w.bin", b"new bytes")
    shutil.rmtree(workspace.store, ignore_errors=True)
    asset_id = workspace.read_lock().models["w"].files[0].asset_id
    assert asset_id is not None
    return asset_id


def test_a_replaced_asset_is_told_with_what_upstream_now_publishes(workspace: Workspace) -> None:
    asset_id = lock_and_replace(workspace)

    with pytest.raises(ReplacedError) as caught:
        sync(workspace.project, workspace.settings, Reporter())

    url = f"{workspace.github.server_url}/acme/w/releases/download/v1/w.bin"
    assert str(caught.value).startswith(
        f"w/w.bin: expected {OLD}, received {NEW}\n  from {url} (asset {asset_id}, replaced 20"
    )
    assert caught.value.hint == (
        f"upstream now publishes {NEW}; if you trust that, run `modellock update w`"
    )
    assert workspace.blobs() == []


def test_bytes_that_upstream_does_not_announce_are_not_explained(workspace: Workspace) -> None:
    workspace.github.publish("acme/w", "v1", {"w.bin": b"old bytes"})
    workspace.write('[models.w]\ngithub = "acme/w"\n')
    workspace.lock()
    workspace.github.lies.add("w.bin", Lie.WRONG_BYTES)

    with pytest.raises(MismatchError) as caught:
        sync(workspace.project, workspace.settings, Reporter())

    assert caught.value.hint == (
        "keep models.lock, and ask what upstream says: `modellock verify --upstream w`"
    )


def test_a_replacement_that_upstream_gives_no_hash_for_is_not_offered_for_trust(
    workspace: Workspace,
) -> None:
    lock_and_replace(workspace, digest=False)

    with pytest.raises((MismatchError, SeveralErrors)) as caught:
        sync(workspace.project, workspace.settings, Reporter())

    assert "modellock update" not in str(getattr(caught.value, "hint", ""))
