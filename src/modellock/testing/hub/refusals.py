"""How the Hub says no.

The table is that of huggingface_hub's `hf_raise_for_status` and of replies recorded from the Hub:
a 401 without a code hides from strangers whether a repository is missing, private or disabled.
"""

from collections.abc import Mapping

from modellock.testing.hub.content import HubRepository
from modellock.testing.wire.exchange import RefusedError, json_reply

DISABLED = "Access to this resource is disabled."
INVALID_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105


def refusal(
    status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None
) -> RefusedError:
    """An error reply; `code` is that of X-Error-Code."""
    coded = {} if code is None else {"X-Error-Code": code}
    named = {"X-Error-Message": " ".join(message.splitlines())}
    return RefusedError(
        json_reply({"error": message}, status, {**coded, **named, **(headers or {})})
    )


def invalid_token() -> RefusedError:
    """A token that the Hub does not know; refused even where none was needed."""
    return refusal(401, INVALID_TOKEN)


def unknown_repository(token: str | None) -> RefusedError:
    """Missing, or not for this caller's eyes."""
    if token is None:
        return refusal(401, "Invalid username or password.")
    return refusal(404, "Repository not found", "RepoNotFound")


def disabled() -> RefusedError:
    """Taken down by the Hub."""
    return refusal(403, DISABLED)


def gated(repository: HubRepository, token: str | None, hub_url: str) -> RefusedError:
    """The terms were not accepted, or nobody said who is asking."""
    subject = f"Access to {repository.kind} {repository.name} is restricted"
    if token is None:
        text = f"{subject}. You must have access to it and be authenticated to access it. "
        return refusal(401, f"{text}Please log in.", "GatedRepo")
    page = f"{hub_url}/{'datasets/' if repository.kind == 'dataset' else ''}{repository.name}"
    text = f"{subject} and you are not in the authorized list. Visit {page} to ask for access."
    return refusal(403, text, "GatedRepo")


def unknown_revision(revision: str) -> RefusedError:
    """No such branch, tag or commit (any more)."""
    return refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def unknown_entry(path: str, commit: str) -> RefusedError:
    """The commit is there, the file is not."""
    headers = {"X-Repo-Commit": commit}
    return refusal(404, f"{path} does not exist on the commit", "EntryNotFound", headers)


def unknown_page() -> RefusedError:
    """A path that means nothing here."""
    return refusal(404, "Sorry, we can't find the page you are looking for.")
