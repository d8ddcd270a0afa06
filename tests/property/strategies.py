"""Everything that models.toml and models.lock can say."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from modellock.documents.keys import (
    LOCKED_KEYS,
    REQUESTED_KEYS,
    Mirror,
    Requested,
    Value,
    requested_from,
)
from modellock.documents.lockfile import FIRST_USE, Lock, LockedFile, LockedModel, tree_of
from modellock.documents.project_settings import Layout, LinkMode, ProjectSettings
from modellock.values.digest import Digest
from modellock.values.origins import (
    CANONICAL_GITHUB_SERVER,
    CANONICAL_HUB,
    Kind,
    github_assets_path,
    hub_files_path,
)
from modellock.values.paths import fold, parents, parse_path

NAME_ALPHABET = "abcxyzABC019._-"
SURPRISES = st.sampled_from(
    [*"\\:/~'\"]=#\0\n\u202e\ud800\ufeffß", "..", "e\u0301", "\x1b[31m", "con", "NUL.txt", ".git"]
)


def is_path(text: str) -> bool:
    try:
        parse_path(text)
    except ValueError:
        return False
    return True


hostile_texts = st.lists(SURPRISES | st.text(max_size=4), max_size=8).map("".join)

names = st.text(NAME_ALPHABET, min_size=1, max_size=8).map(lambda text: f"n{text}").filter(is_path)
segments = st.text(min_size=1, max_size=8).filter(is_path).filter(lambda text: "/" not in text)
paths = st.lists(segments, min_size=1, max_size=4).map("/".join)
digests = st.integers(0, 2**256 - 1).map(lambda number: Digest("sha256", f"{number:064x}"))
commits = st.integers(0, 2**160 - 1).map(lambda number: f"{number:040x}")
sizes = st.integers(0, 2**50)
times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001 - zoned below
    lambda time: time.replace(microsecond=0, tzinfo=UTC)
)
texts = st.text(min_size=1, max_size=12)
repositories = st.from_regex(
    r"[A-Za-z][A-Za-z0-9]{0,5}/[A-Za-z]([._-][a-z0-9]){0,3}", fullmatch=True
)
refs = st.sampled_from(["main", "v1.0", "release/1.0", "日本語/v1+cu", "refs/pr/3"])
mirrors: st.SearchStrategy[Mirror] = st.one_of(
    st.sampled_from(["https://m.example/{name}/{path}", "file:///media/{sha256}"]),
    st.tuples(st.tuples(st.just("hub"), repositories), st.tuples(st.just("revision"), refs)),
    st.tuples(st.tuples(st.just("github"), repositories), st.tuples(st.just("tag"), refs)),
)
globs = st.lists(texts, min_size=1, max_size=3).map(tuple)

REQUESTS: dict[str, st.SearchStrategy[Value]] = {
    "revision": refs,
    "tag": refs,
    "version": st.sampled_from([">=1.2,<2", "~=1.4"]),
    "tag-prefix": st.sampled_from(["", "model-", "release/"]),
    "prereleases": st.booleans(),
    "sha256": digests.map(lambda digest: digest.value),
    "include": globs,
    "exclude": globs,
    "formats": globs,
    "unpack": st.booleans(),
    "strip-components": st.integers(0, 9),
    "join": st.booleans(),
}


def livable(chosen: list[str]) -> list[str]:
    """Those of the paths that can live together."""
    taken: dict[str, str] = {}
    for path in chosen:
        folded = fold(path)
        below = any(other.startswith(f"{folded}/") for other in taken)
        if folded not in taken and not below and not any(p in taken for p in parents(folded)):
            taken[folded] = path
    return list(taken.values())


@st.composite
def file_lists(draw: st.DrawFn, kind: Kind) -> tuple[LockedFile, ...]:
    chosen = livable(draw(st.lists(paths, min_size=1, max_size=5)))
    asset_ids = st.none() | st.integers(0, 2**40) if kind is Kind.GITHUB else st.none()
    return tuple(
        LockedFile(path, draw(sizes), draw(digests), draw(asset_ids)) for path in sorted(chosen)
    )


@st.composite
def requests(draw: st.DrawFn, kind: Kind) -> Requested:
    keys = [key.name for key in REQUESTED_KEYS if kind in key.kinds]
    chosen = draw(st.sets(st.sampled_from(keys)))
    return requested_from({key: draw(REQUESTS[key]) for key in chosen})


def is_packed(requested: Requested) -> bool:
    return bool(dict(requested).get("unpack") or dict(requested).get("join"))


@st.composite
def locked_models(draw: st.DrawFn, name: str) -> LockedModel:
    kind = draw(st.sampled_from(list(Kind)))
    files, requested = draw(file_lists(kind)), draw(requests(kind))
    origin = draw(ORIGINS[kind])
    repository_type = draw(st.sampled_from(["model", "dataset"])) if kind is Kind.HUB else "model"
    commit, tag = draw(commits), draw(refs)
    return LockedModel(
        name=name,
        kind=kind,
        origin=origin,
        type=repository_type,
        repo_id=draw(st.none() | REPOSITORY_IDS[kind]),
        requested=requested,
        version="1.4.2" if kind in LOCKED_KEYS["version"] else None,
        tag=tag if kind in LOCKED_KEYS["tag"] else None,
        commit=commit if kind in LOCKED_KEYS["commit"] else None,
        committed=draw(st.none() | times) if kind is Kind.HUB else None,
        published=draw(st.none() | times) if kind is Kind.GITHUB else None,
        url=files_url(kind, repository_type, origin, commit, tag),
        trust=draw(st.none() | st.just(FIRST_USE)) if kind in LOCKED_KEYS["trust"] else None,
        license=draw(st.none() | texts),
        gated=draw(st.booleans()) if kind is Kind.HUB else False,
        groups=draw(st.lists(names, max_size=3).map(tuple)),
        marker=draw(st.none() | st.just("sys_platform == 'linux'")),
        mirrors=draw(st.lists(mirrors, max_size=2).map(tuple)),
        closure=draw(st.booleans()) if kind is Kind.HUB else True,
        hold=draw(st.booleans()),
        size=sum(file.size for file in files),
        tree=tree_of(files),
        archives=draw(file_lists(kind)) if is_packed(requested) else (),
        files=files,
    )


ORIGINS = {
    Kind.HUB: repositories,
    Kind.GITHUB: repositories,
    Kind.URL: st.just("https://storage.example/m.bin"),
    Kind.LOCAL: st.sampled_from(["../m", "/srv/m", 'a "b"', "日本語"]),
}
REPOSITORY_IDS: dict[Kind, st.SearchStrategy[str | int | None]] = {
    Kind.HUB: texts,
    Kind.GITHUB: st.integers(0, 2**40),
    Kind.URL: st.none(),
    Kind.LOCAL: st.none(),
}


def files_url(kind: Kind, repository_type: str, origin: str, commit: str, tag: str) -> str | None:
    if kind is Kind.HUB:
        return CANONICAL_HUB + hub_files_path(repository_type, origin, commit)
    if kind is Kind.GITHUB:
        return CANONICAL_GITHUB_SERVER + github_assets_path(origin, tag)
    return None


settings = st.builds(
    ProjectSettings,
    path=st.sampled_from(["models", "weights/all", "モデル"]),
    layout=st.just(Layout.PLAIN),
    default_groups=st.none() | st.lists(names, max_size=2).map(tuple),
    exclude_newer=st.none() | st.datetimes(timezones=st.just(UTC)),
    link_mode=st.sampled_from(list(LinkMode)),
    mirrors=st.lists(mirrors, max_size=2).map(tuple),
    adopt=st.booleans(),
)


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    chosen = sorted(livable(draw(st.lists(names, max_size=4))))
    models = {name: draw(locked_models(name)) for name in chosen}
    return Lock(settings=draw(settings), models=models)


TOML_LINES = r"""
[models.m]
[models.n]
[[models]]
[settings]
[policy]
[sources.s]
type = "hub"
endpoint = "https://x.example"
hub = "a/b"
github = "a/b"
url = "https://x.example/y"
local = "."
lock-version = "1.0"
lock-version = "1.9"
files = []
files = [{}]
files = [{ path = "a", size = 1, sha256 = "x" }]
size = 1
tree = "blake3:x"
requested = { revision = 1 }
path = "x"
path = "../x"
layout = "hf-cache"
version = ">=1"
marker = "os_name ~= 'x'"
groups = ["a"]
rename = { a = 1 }
mirrors = [{}]
mirrors = ["{"]
source = "s"
unpack = true
hold = 1.5
exclude-newer = 0001-01-01T00:00:00+23:59
committed = 2026-01-01T00:00:00Z
"\u001b" = 1
a.b.c = 1
x = nan
x = [[[[]]]]
<<<<<<< HEAD
""".splitlines(keepends=True)
BURDENS = [
    "\r\n",
    "# \u2028\n",
    "\0",
    "\ufeff",
    "= =",
    '"""',
    "9" * 5000,
    "[" * 5000,
    "{ a = " * 400,
]
documents = st.lists(
    st.sampled_from(TOML_LINES) | st.sampled_from(BURDENS) | st.text(max_size=6), max_size=12
).map("".join)
