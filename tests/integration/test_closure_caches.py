"""What others refer to lies in the cache in which their loaders look."""

import json
from collections.abc import Mapping

from modellock.documents.lockfile import LockedModel
from tests.integration.workspace import Heard, Workspace

EMBED = '[models.embed]\nhub = "acme/embed"\nlayout = "hf-cache"\n'
OTHER = '[models.other]\nhub = "acme/other"\nlayout = "hf-cache"\n'


def publish(workspace: Workspace) -> None:
    """Two models that name the same code."""
    reference = {"auto_map": {"AutoModel": "acme/code--modeling.Model"}}
    for name in ("embed", "other"):
        files = {"config.json": json.dumps(reference).encode(), "model.safetensors": name.encode()}
        workspace.hub.publish(f"acme/{name}", files)
    workspace.hub.publish("acme/code", {"config.json": b"{}", "modeling.py": b"class Model: ...\n"})


def models(workspace: Workspace) -> Mapping[str, LockedModel]:
    return workspace.read_lock().models


def test_code_lies_in_the_cache_of_the_model_that_names_it(workspace: Workspace) -> None:
    publish(workspace)
    workspace.write(f'{EMBED}path = "caches/app"\n')

    workspace.lock()

    assert models(workspace)["acme/code"].path == "caches/app"


def test_it_follows_a_path_that_changes_without_a_request(workspace: Workspace) -> None:
    publish(workspace)
    workspace.write(f'{EMBED}path = "caches/app"\n')
    workspace.lock()
    asked = len(workspace.hub.requests)

    workspace.write(f'{EMBED}path = "caches/elsewhere"\n')
    workspace.lock()
    there = models(workspace)["acme/code"].path
    workspace.write(EMBED)
    workspace.lock()

    assert there == "caches/elsewhere"
    assert models(workspace)["acme/code"].path is None
    assert len(workspace.hub.requests) == asked


def test_a_plain_directory_is_no_cache(workspace: Workspace) -> None:
    publish(workspace)
    workspace.write('[models.embed]\nhub = "acme/embed"\npath = "weights/embed"\n')

    workspace.lock()

    assert models(workspace)["acme/code"].path is None


def test_a_cache_of_the_settings_counts(workspace: Workspace) -> None:
    publish(workspace)
    workspace.write(
        '[settings]\nlayout = "hf-cache"\n[models.embed]\nhub = "acme/embed"\npath = "caches/app"\n'
    )

    workspace.lock()

    assert models(workspace)["acme/code"].path == "caches/app"


def test_of_two_caches_the_one_that_lacks_the_code_is_told(workspace: Workspace) -> None:
    publish(workspace)
    workspace.write(f'{EMBED}path = "caches/app"\n{OTHER}path = "caches/app"\n')
    workspace.lock()
    one = models(workspace)["acme/code"].path
    workspace.write(f'{EMBED}path = "caches/app"\n{OTHER}')
    heard = Heard()

    workspace.lock(reporter=heard)

    assert one == "caches/app"
    assert models(workspace)["acme/code"].path is None
    assert heard.notes == [
        (
            "acme/code: lies in models/hub, where no loader of embed looks, which has caches/app: "
            "give all models that lead to it one `path`"
        )
    ]
