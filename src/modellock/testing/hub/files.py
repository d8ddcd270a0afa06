"""The bytes of one file: resolve, raw, and the cache that resolve leads to."""

from urllib.parse import quote, urlencode

from modellock.testing.hub import refusals
from modellock.testing.hub.content import HubCommit, HubFile
from modellock.testing.hub.large_files import disposition
from modellock.testing.hub.shelf import Call
from modellock.testing.wire.exchange import Reply, redirect


def resolve(call: Call) -> Reply:
    """`/{id}/resolve/{rev}/{path}`: always a redirect, with what is known of the file."""
    commit, file = _found(call)
    # Clients read these from the redirect: the reply behind it may come from elsewhere.
    headers = {
        "X-Repo-Commit": commit.id,
        "X-Linked-Size": str(len(file.content)),
        "X-Linked-Etag": f'"{file.etag}"',
        "Accept-Ranges": "bytes",
    }
    if file.is_lfs:
        return call.shelf.large_files.redirect(call.request, call.path, file, headers)
    folder = f"/api/resolve-cache/{call.repository.kind}s/{call.repository.name}"
    query = urlencode({call.request.plain_path: "", "etag": f'"{file.etag}"'})
    return redirect(307, f"{folder}/{commit.id}/{quote(call.path)}?{query}", headers)


def in_git(call: Call) -> Reply:
    """`/raw/` and `resolve-cache`: what git holds, which for a large file is its pointer."""
    commit, file = _found(call)
    return Reply(
        headers={
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Disposition": disposition(call.path),
            "ETag": f'"{file.blob_id}"',
            "X-Repo-Commit": commit.id,
        },
        body=file.in_git,
        is_file=True,
        is_text=True,
    )


def _found(call: Call) -> tuple[HubCommit, HubFile]:
    call.shelf.check_gate(call.request, call.repository)
    commit = call.commit()
    file = commit.files.get(call.path)
    if file is None:
        raise refusals.unknown_entry(call.path, commit.id)
    return commit, file
