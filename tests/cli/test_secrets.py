"""A token goes to its own host, and nowhere else: no other host, output, lock, store or file."""

import json
from pathlib import Path

from modellock.testing import EmbeddedGitHub, EmbeddedHub, Lie
from tests.cli.command import Command, Ended

HUB_TOKEN = "hf_secretofthehub"  # noqa: S105 - of an embedded Hub
GITHUB_TOKEN = "ghp_secretofgithub"  # noqa: S105 - of an embedded GitHub
SECRETS = (HUB_TOKEN, GITHUB_TOKEN)

MANIFEST = """\
[models.private]
hub = "acme/private"

[models.asset]
github = "acme/private-weights"
"""


def fill(hub: EmbeddedHub, github: EmbeddedGitHub) -> dict[str, str]:
    hub.publish(
        "acme/private", {"config.json": b"{}", "model.safetensors": b"w" * 50}, private=True
    )
    hub.tokens[HUB_TOKEN] = {"acme/private"}
    github.publish("acme/private-weights", "v1", {"w.bin": b"asset"}, private=True)
    github.tokens[GITHUB_TOKEN] = {"acme/private-weights"}
    return {
        "HF_ENDPOINT": hub.url,
        "MODELLOCK_GITHUB_API_URL": github.api_url,
        "MODELLOCK_GITHUB_SERVER_URL": github.server_url,
    }


def everything_below(*folders: Path) -> bytes:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    names = "\n".join(str(path) for path in files).encode()
    return names + b"".join(path.read_bytes() for path in files)


def assert_no_secret(ended: Ended, modellock: Command) -> None:
    written = everything_below(modellock.folder, modellock.home)
    for secret in SECRETS:
        assert secret not in ended.stdout + ended.stderr
        assert secret.encode() not in written


def test_tokens_reach_their_own_host_alone(modellock: Command) -> None:
    (modellock.folder / "models.toml").write_text(MANIFEST, encoding="utf-8")
    with EmbeddedHub() as hub, EmbeddedGitHub() as github:
        variables = {**fill(hub, github), "HF_TOKEN": HUB_TOKEN, "GITHUB_TOKEN": GITHUB_TOKEN}

        locked = modellock.run("-v", "lock", **variables)
        synced = modellock.run("-v", "sync", **variables)

        assert (locked.code, synced.code) == (0, 0), locked.stderr + synced.stderr
        for request in hub.requests:
            assert request.authorization in (None, f"Bearer {HUB_TOKEN}")
            assert request.origin == "hub" or request.authorization is None
        for request in github.requests:
            assert request.authorization in (None, f"Bearer {GITHUB_TOKEN}")
            assert request.origin in ("api", "server") or request.authorization is None
        assert any(request.authorization for request in hub.requests)
        assert any(request.authorization for request in github.requests)
    assert_no_secret(locked, modellock)
    assert_no_secret(synced, modellock)


def test_a_token_that_is_refused_is_named_by_its_variable_alone(modellock: Command) -> None:
    (modellock.folder / "models.toml").write_text(MANIFEST, encoding="utf-8")
    with EmbeddedHub() as hub, EmbeddedGitHub() as github:
        variables = fill(hub, github)
        hub.tokens.clear()

        ended = modellock.run("-v", "lock", **variables, HF_TOKEN=HUB_TOKEN)

    assert ended.code == 3
    assert "HF_TOKEN" in ended.stderr
    assert_no_secret(ended, modellock)


def test_signed_urls_are_never_shown(modellock: Command) -> None:
    (modellock.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n', encoding="utf-8")
    with EmbeddedHub() as hub:
        hub.publish("acme/m", {"model.safetensors": b"weights"})
        assert modellock.run("lock", HF_ENDPOINT=hub.url).code == 0
        hub.lies.add("model.safetensors", Lie.WRONG_BYTES, origin="objects")

        ended = modellock.run("-v", "sync", HF_ENDPOINT=hub.url)

    assert ended.code == 4
    assert "Signature" not in ended.stdout + ended.stderr
    assert b"Signature" not in everything_below(modellock.folder).replace(b"Signature: 8a477", b"")


def test_a_lock_cannot_lead_a_token_astray(modellock: Command) -> None:
    (modellock.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n', encoding="utf-8")
    with EmbeddedHub() as hub, EmbeddedHub() as stranger:
        hub.publish("acme/m", {"model.safetensors": b"weights"})
        assert modellock.run("lock", HF_ENDPOINT=hub.url).code == 0
        lock = modellock.folder / "models.lock"
        text = lock.read_text(encoding="utf-8")
        lock.write_text(text.replace("https://huggingface.co", stranger.url), encoding="utf-8")

        ended = modellock.run("sync", "--json", HF_ENDPOINT=hub.url, HF_TOKEN=HUB_TOKEN)

        assert ended.code == 2
        assert json.loads(ended.stdout)["error"]["code"] == "invalid-lock"
        assert list(stranger.requests) == []
