import json

import pytest

from modellock.testing import EmbeddedGitHub, EmbeddedHub
from tests.cli.command import Command

SECRETS = {"HF_TOKEN": "hf_secret", "MODELLOCK_TOKEN_MIRROR_EXAMPLE": "mirror-secret"}


def test_doctor_tries_links_and_leaves_nothing_behind(modellock: Command) -> None:
    ended = modellock.run("doctor", "--offline", "--json")

    assert ended.code == 0
    links = {link["mode"]: link["works"] for link in ended.document["links"]}
    assert links.keys() == {"hardlink", "reflink", "copy", "symlink"}
    assert links["copy"] is True
    assert ended.document["store"]["directory"] == str(modellock.home / ".cache" / "modellock")
    assert ended.document["store"]["exists"] is False
    assert ended.document["store"]["free"] > 0
    assert list(modellock.folder.iterdir()) == list(modellock.home.iterdir()) == []


def test_doctor_names_where_tokens_and_endpoints_come_from_and_shows_no_token(
    modellock: Command,
) -> None:
    ended = modellock.run(
        "doctor",
        "--offline",
        **SECRETS,
        MODELLOCK_GITHUB_API_URL="https://github.corp.example/api/v3",
        GITHUB_API_URL="https://ignored.example",
    )

    rows = [line.split("  ") for line in ended.stdout.split("Endpoints:\n")[1].splitlines()]
    assert [[cell.strip() for cell in row if cell] for row in rows] == [
        ["hub", "https://huggingface.co", "default", "token from HF_TOKEN",
         "not asked (--offline)"],
        ["github api", "https://github.corp.example/api/v3", "from MODELLOCK_GITHUB_API_URL",
         "no token", "not asked (--offline)"],
        ["github server", "https://github.com", "default", "no token", "not asked (--offline)"],
        [],
        ["Tokens of other hosts: MODELLOCK_TOKEN_MIRROR_EXAMPLE"],
    ]  # fmt: skip
    assert "secret" not in ended.stdout + ended.stderr


def test_doctor_asks_the_endpoints_and_sends_them_no_token(modellock: Command) -> None:
    with EmbeddedHub() as hub, EmbeddedGitHub() as github:
        ended = modellock.run(
            "doctor",
            "--json",
            HF_ENDPOINT=hub.url,
            **SECRETS,
            MODELLOCK_GITHUB_API_URL=github.api_url,
            MODELLOCK_GITHUB_SERVER_URL="http://127.0.0.1:9",
        )

    endpoints = {one["name"]: one for one in ended.document["endpoints"]}
    assert endpoints["hub"]["answers"] is True
    assert endpoints["github_api"]["answers"] is True
    assert endpoints["github_server"]["refusal"] == (
        "127.0.0.1:9 cannot be reached: Connection refused"
    )
    assert [request.authorization for request in hub.requests] == [None]


def test_doctor_offline_sends_nothing(modellock: Command) -> None:
    with EmbeddedHub() as hub:
        modellock.run("doctor", MODELLOCK_OFFLINE="1", HF_ENDPOINT=hub.url)

        assert list(hub.requests) == []


@pytest.mark.parametrize("variable", ["HF_ENDPOINT", "MODELLOCK_HUB_URL"])
def test_an_endpoint_that_is_none_is_refused_by_its_variable(
    variable: str, modellock: Command
) -> None:
    ended = modellock.run("doctor", "--json", **{variable: "ftp://hub.example"})

    assert ended.code == 2
    error = json.loads(ended.stdout)["error"]
    assert error["message"] == f"{variable}: 'ftp://hub.example' is not an http or https URL"
