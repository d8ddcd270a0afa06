"""Where a spec points: the four kinds of origin, and what may be written for each."""

import re
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from modellock.values.addresses import is_host

CANONICAL_HUB = "https://huggingface.co"
CANONICAL_GITHUB_API = "https://api.github.com"
CANONICAL_GITHUB_SERVER = "https://github.com"

DEFAULT_REVISION = "main"
"""Of a Hub repository for which nothing else is written."""

_HUB_PART = re.compile(r"(?=\w)[\w.-]{1,96}(?<=\w)", re.ASCII)
_GITHUB_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,98}")
_GITHUB_REPOSITORY = re.compile(r"(?!\.{1,2}$)[\w.-]{1,100}", re.ASCII)
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
# What git refuses in the name of a branch or tag (git-check-ref-format), and what cannot be seen.
_NO_REF = re.compile(rf"[{_CONTROLS} ~^:?*\[\\]|//|\.\.|@\{{|^/|/$|(^|/)\.|\.$|\.lock(/|$)|^@$|^$")
_URL = re.compile(r"[!-~]+")
"""Printable ASCII: RFC 3986 has all else percent-encoded, and a look-alike host cannot hide."""

_LOOPBACK_NAMES = frozenset(["localhost", "::1"])
# Query parameters that make a URL a credential: S3, CloudFront, Azure, Google, GitHub, GitLab.
_SECRET_PARAMETERS = frozenset(
    [
        "api_key",
        "apikey",
        "private_token",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-credential",
        "signature",
        "policy",
        "sig",
        "jwt",
        "token",
        "access_token",
        "x-goog-credential",
        "x-goog-signature",
    ],
)


class Kind(StrEnum):
    """What kind of origin a spec has; the value is its key in models.toml and models.lock."""

    HUB = "hub"
    GITHUB = "github"
    URL = "url"
    LOCAL = "local"


def is_commit(revision: str) -> bool:
    """Whether a revision is a commit's whole id, which the Hub lets no branch or tag be."""
    return re.fullmatch(r"[0-9a-f]{40}", revision) is not None


def parse_origin(kind: Kind, text: str) -> str:
    """Return an origin as it is locked; ValueError that says what it is not."""
    match kind:
        case Kind.HUB:
            return parse_hub_id(text)
        case Kind.GITHUB:
            return parse_github_id(text)
        case Kind.URL:
            return parse_url(text)
        case Kind.LOCAL:
            return parse_local(text)


def parse_hub_id(text: str) -> str:
    """Return `org/name` or `name`; the rule is huggingface_hub's `validate_repo_id`."""
    parts = text.split("/")
    well_formed = len(parts) <= 2 and all(_HUB_PART.fullmatch(part) for part in parts)
    if not well_formed or "--" in text or ".." in text or text.endswith(".git"):
        raise ValueError(f"{text!r} is not a Hub repository such as `org/name`")
    return text


def parse_github_id(text: str) -> str:
    """Return `org/repo`."""
    owner, _, repository = text.partition("/")
    if not _GITHUB_OWNER.fullmatch(owner) or not _GITHUB_REPOSITORY.fullmatch(repository):
        raise ValueError(f"{text!r} is not a GitHub repository such as `org/repo`")
    return text


def parse_url(text: str) -> str:
    """Return an http or https URL of one file, without credentials of any kind."""
    parts = _split(text)
    if "@" in parts.netloc:
        raise ValueError(
            "a URL with a user name or a password: "
            "credentials belong to netrc or MODELLOCK_TOKEN_<HOST>"
        )
    if any(
        name.lower() in _SECRET_PARAMETERS
        for name, _ in parse_qsl(parts.query, keep_blank_values=True)
    ):
        raise ValueError("a signed URL: it expires, and whoever reads the lock could use it")
    if "#" in text:
        raise ValueError(f"{_shown(text)!r} is not the URL of a file: it has a fragment")
    return text


def _shown(text: str) -> str:
    """As much of a refused URL as may be shown: a user name or a query may be a secret."""
    bare, query, _ = text.rpartition("@")[2].partition("?")
    return f"{'…@' if '@' in text else ''}{bare}{'?…' if query else ''}"


def _split(text: str) -> SplitResult:
    fault = ValueError(f"{_shown(text)!r} is not an http or https URL")
    try:
        parts = urlsplit(text)
        # Reading the port is what checks it.
        usable = parts.scheme in ("http", "https") and parts.port != 0
        usable = usable and is_host(parts.hostname or "")
    except ValueError:
        raise fault from None
    if not usable or not _URL.fullmatch(text) or "\\" in text:
        raise fault
    return parts


def parse_local(text: str) -> str:
    """Return the path of a directory, relative to models.toml or absolute, with `/`."""
    if not text or re.search(rf"[\\{_CONTROLS}]", text):
        raise ValueError(f"{text!r} is not a path with `/` as separator")
    return text


def parse_ref(text: str) -> str:
    """Return a branch, tag or commit; it may stand in a path, since git allows no `..` in it."""
    if _NO_REF.search(text):
        raise ValueError(f"{text!r} is not a branch, tag or commit")
    return text


def parse_endpoint(text: str) -> str:
    """Return the root URL of a service without its final slash: https, or http on loopback."""
    url = parse_url(text).rstrip("/")
    if not is_secure(url) or urlsplit(url).query:
        raise ValueError(f"{_shown(text)!r} is not an endpoint: https, or http on this machine")
    return url


def is_secure(url: str) -> bool:
    """Whether a token may travel to this URL: https, or this machine itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (
        parts.scheme == "https"
        or host in _LOOPBACK_NAMES
        or bool(re.fullmatch(r"127(\.[0-9]{1,3}){3}", host))
    )


def filename_of(url: str) -> str:
    """The last segment of a URL's path, decoded; empty where it has none."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def hub_files_path(kind_of_repository: str, repository: str, commit: str) -> str:
    """The path below a Hub's endpoint under which a commit's files lie, with its final slash."""
    prefix = "" if kind_of_repository == "model" else f"{kind_of_repository}s/"
    return f"/{prefix}{repository}/resolve/{quote(commit, safe='')}/"


def github_assets_path(repository: str, tag: str) -> str:
    """The path below a GitHub server under which a release's assets lie, with its final slash."""
    return f"/{repository}/releases/download/{quote(tag, safe='')}/"


def quote_path(path: str) -> str:
    """A file's path as it stands in a URL."""
    return quote(path, safe="/")
