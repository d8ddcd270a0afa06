"""GitHub's API: repositories, releases, assets, git references."""

from modellock.testing.github import refusals
from modellock.testing.github.assets import object_headers
from modellock.testing.github.payloads import asset, ref, release, tag
from modellock.testing.github.repository_payload import full_repository
from modellock.testing.github.shelf import Call, latest
from modellock.testing.paging import link, page_of, with_query
from modellock.testing.wire.exchange import Reply, json_reply

_USUAL_PER_PAGE = 30


def repository(call: Call) -> Reply:
    """`GET /repos/{owner}/{repo}`."""
    return json_reply(full_repository(call.repository, call.shelf.urls))


def releases(call: Call) -> Reply:
    """`GET .../releases`."""
    urls = call.shelf.urls
    listed = [release(call.repository, each, urls) for each in call.releases()]
    return _paged(call, listed, "/releases")


def latest_release(call: Call) -> Reply:
    """`GET .../releases/latest`."""
    found = latest(call.releases())
    return json_reply(release(call.repository, found, call.shelf.urls))


def release_by_tag(call: Call) -> Reply:
    """`GET .../releases/tags/{tag}`: published ones only, whoever asks."""
    for each in call.releases():
        if each.tag == call.named() and not each.draft:
            return json_reply(release(call.repository, each, call.shelf.urls))
    raise refusals.not_found()


def release_by_id(call: Call) -> Reply:
    """`GET .../releases/{id}`."""
    return json_reply(release(call.repository, call.release(), call.shelf.urls))


def assets(call: Call) -> Reply:
    """`GET .../releases/{id}/assets`."""
    found = call.release()
    listed = [asset(call.repository, found, each, call.shelf.urls) for each in found.assets]
    return _paged(call, listed, f"/releases/{found.id}/assets")


def one_asset(call: Call) -> Reply:
    """`GET .../releases/assets/{id}`: what is known of it or, by Accept, its bytes."""
    found, each = call.asset()
    if "application/octet-stream" not in call.request.headers.get("Accept", ""):
        return json_reply(asset(call.repository, found, each, call.shelf.urls))
    if each.state != "uploaded":
        raise refusals.not_found()
    if call.shelf.settings.redirects_assets:
        return call.shelf.objects.redirect(call.request, call.repository, each)
    return Reply(
        headers=object_headers(each),
        body=each.content,
        is_file=True,
        subject=f"{call.request.plain_path}/{each.name}",
    )


def git_ref(call: Call) -> Reply:
    """`GET .../git/ref/{ref}`: this one, no prefix of it."""
    name = call.named()
    if name not in call.repository.refs:
        raise refusals.not_found()
    return json_reply(ref(call.repository, name, call.shelf.urls))


def git_tag(call: Call) -> Reply:
    """`GET .../git/tags/{sha}`: a tag object, by its id."""
    if call.argument not in call.repository.tag_objects:
        raise refusals.not_found()
    return json_reply(tag(call.repository, call.argument, call.shelf.urls))


def _paged(call: Call, listed: list[dict[str, object]], path: str) -> Reply:
    most = call.shelf.settings.most_per_page
    size = max(1, min(call.request.number("per_page", min(_USUAL_PER_PAGE, most)), most))
    number = max(1, call.request.number("page", 1))
    last = max(1, -(-len(listed) // size))
    pages = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    if number == 1:
        del pages["prev"], pages["first"]
    if number >= last:
        del pages["next"], pages["last"]
    # The number stands in the URL, and outlives a rename.
    here = f"{call.shelf.urls.api}/repositories/{call.repository.id}{path}"
    urls = {name: with_query(here, call.request, {"page": page}) for name, page in pages.items()}
    return json_reply(page_of(listed, (number - 1) * size, size)[0], headers=link(urls))
