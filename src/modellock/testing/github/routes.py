"""Which answer belongs to which path of GitHub."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from modellock.testing.github import api, refusals
from modellock.testing.github.content import GitHubRepository
from modellock.testing.github.shelf import Call, Shelf, latest
from modellock.testing.wire.exchange import RefusedError, Reply, Request, json_reply, redirect

_REPOSITORY = r"/(?:repos/(?P<name>[^/]+/[^/]+)|repositories/(?P<number>\d+))(?P<rest>/.+)?"
_DOWNLOAD = r"/(?P<name>[^/]+/[^/]+)/releases/download/(?P<tag>.+)/(?P<asset>[^/]+)"
_LATEST = r"/(?P<name>[^/]+/[^/]+)/releases/latest/download/(?P<asset>[^/]+)"

_ROUTES: tuple[tuple[str, Callable[[Call], Reply]], ...] = (
    (r"()", api.repository),
    (r"/releases()", api.releases),
    (r"/releases/latest()", api.latest_release),
    (r"/releases/tags/(.+)", api.release_by_tag),
    (r"/releases/assets/(\d+)", api.one_asset),
    (r"/releases/(\d+)", api.release_by_id),
    (r"/releases/(\d+)/assets", api.assets),
    (r"/git/ref/(.+)", api.git_ref),
    (r"/git/tags/(\w+)", api.git_tag),
)


def answer_api(shelf: Shelf, request: Request, path: str) -> Reply:
    """The API's reply; `path` is the request's below the API's root.

    Raises:
        RefusedError: with GitHub's reply for what it does not have or not give.
    """
    shelf.check_caller(request)
    place = re.fullmatch(_REPOSITORY, path)
    if place is None:
        raise refusals.not_found()
    repository = _visible(shelf, request, place)
    for pattern, view in _ROUTES:
        found = re.fullmatch(pattern, place["rest"] or "")
        if found is not None:
            return view(
                Call(request=request, shelf=shelf, repository=repository, argument=found[1])
            )
    raise refusals.not_found()


def _visible(shelf: Shelf, request: Request, place: re.Match[str]) -> GitHubRepository:
    name = unquote(place["name"] or "")
    if name in shelf.renames:
        number = shelf.repositories[shelf.renames[name]].id
        raise RefusedError(_moved(f"{shelf.urls.api}/repositories/{number}{place['rest'] or ''}"))
    known = (
        shelf.numbered(int(place["number"])) if place["number"] else shelf.repositories.get(name)
    )
    if known is None or (known.private and not shelf.is_member(request, known)):
        raise refusals.not_found()
    return known


def _moved(location: str) -> Reply:
    value = {
        "message": "Moved Permanently",
        "url": location,
        "documentation_url": refusals.DOCUMENTATION,
    }
    return json_reply(value, 301, {"Location": location})


def answer_browser(shelf: Shelf, request: Request) -> Reply:
    """The reply of the host for browsers, which takes no token.

    Raises:
        RefusedError: with a page, where there is nothing to download.
    """
    place = re.fullmatch(_DOWNLOAD, request.path) or re.fullmatch(_LATEST, request.path)
    if place is None:
        raise _no_page()
    name = unquote(place["name"])
    if name in shelf.renames:
        return redirect(301, request.target.replace(f"/{name}/", f"/{shelf.renames[name]}/", 1))
    repository = shelf.repositories.get(name)
    if repository is None or repository.private:
        raise _no_page()
    if "tag" not in place.groupdict():
        newest = latest(repository.releases)
        return redirect(302, shelf.urls.download(repository, newest, newest.asset(place["asset"])))
    return _download(shelf, request, repository, place)


def _download(
    shelf: Shelf, request: Request, repository: GitHubRepository, place: re.Match[str]
) -> Reply:
    tag, name = unquote(place["tag"]), unquote(place["asset"])
    for release in repository.releases:
        if release.tag == tag and not release.draft:
            for asset in release.assets:
                if asset.name == name and asset.state == "uploaded":
                    return shelf.objects.redirect(request, repository, asset)
    raise _no_page()


def _no_page() -> RefusedError:
    page = b"<!DOCTYPE html>\n<title>Page not found</title>\n"
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return RefusedError(Reply(status=404, headers=headers, body=page, is_text=True))
