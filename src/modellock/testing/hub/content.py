"""What a Hub holds: repositories, their commits, and the names that point to them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from modellock.testing.pointer import lfs_pointer

Kind = Literal["model", "dataset"]

LFS_SUFFIXES = (
    ".bin", ".ckpt", ".gguf", ".gz", ".h5", ".model", ".msgpack", ".npz", ".onnx", ".parquet",
    ".pt", ".pth", ".safetensors", ".tar", ".tflite", ".zip", ".zst",
)  # fmt: skip
"""What the .gitattributes of a new repository sends to git-lfs, in short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """One file of a commit."""

    content: bytes
    is_lfs: bool

    blob_id: str
    """The git object id; of the pointer where the file is in git-lfs."""

    sha256: str

    @classmethod
    def of(cls, content: bytes, *, is_lfs: bool) -> Self:
        """A file with its hashes."""
        in_git = lfs_pointer(content) if is_lfs else content
        return cls(
            content=content,
            is_lfs=is_lfs,
            blob_id=git_blob_id(in_git),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    @property
    def in_git(self) -> bytes:
        """What a clone without git-lfs shows."""
        return lfs_pointer(self.content) if self.is_lfs else self.content

    @property
    def etag(self) -> str:
        """Without quotes."""
        return self.sha256 if self.is_lfs else self.blob_id


@dataclass(frozen=True, slots=True, kw_only=True)
class HubCommit:
    """One commit, with the whole tree."""

    id: str
    parent: str | None
    message: str
    date: datetime
    files: Mapping[str, HubFile]

    @property
    def title(self) -> str:
        """The message's first line."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Tag:
    """A name for a commit."""

    commit: str
    tag_object: str | None = None
    """The id of an annotated tag's own object."""


@dataclass(slots=True, kw_only=True)
class HubRepository:
    """One repository."""

    kind: Kind
    name: str
    object_id: str
    """`_id`: 24 hex, another one after the name was registered anew."""

    gated: Literal[False, "auto", "manual"] = False
    private: bool = False
    disabled: bool = False
    card: dict[str, Any] = field(default_factory=dict)
    """What the front matter of README.md says, `license` among it."""

    commits: dict[str, HubCommit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    pulls: dict[str, str] = field(default_factory=dict)
    """`refs/pr/1` and its like."""

    def find(self, revision: str) -> HubCommit | None:
        """The commit of a branch, tag, `refs/...`, `HEAD` or full commit id."""
        return self.commits.get(self._target(revision))

    def _target(self, revision: str) -> str:
        if revision == "HEAD":
            return self.branches.get("main", "")
        short = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        if short in self.tags:
            return self.tags[short].commit
        by_object = {tag.tag_object: tag.commit for tag in self.tags.values()}
        names = self.branches | self.pulls
        return names.get(short) or by_object.get(revision) or revision

    def history(self, commit: HubCommit) -> Iterator[HubCommit]:
        """`commit` and its ancestors, newest first, as far as they still exist."""
        current: HubCommit | None = commit
        while current is not None:
            yield current
            current = self.commits.get(current.parent or "")

    def last_change(self, commit: HubCommit, path: str) -> HubCommit:
        """The commit that gave the file or directory at `path` its present content."""
        below = f"{path}/"
        found = commit
        for older in self.history(commit):
            if _excerpt(older, path, below) != _excerpt(commit, path, below):
                break
            found = older
        return found

    def add(self, ref: str, commit: HubCommit) -> None:
        """Append a commit to a branch or to `refs/pr/N`, which it may begin."""
        self.commits[commit.id] = commit
        names = self.pulls if ref.startswith("refs/pr/") else self.branches
        names[ref] = commit.id

    def set_tag(self, name: str, revision: str, *, annotated: bool = False) -> None:
        """Make, or move, a tag.

        Raises:
            KeyError: there is no such revision.
        """
        commit = self.find(revision)
        if commit is None:
            raise KeyError(revision)
        own = git_id("tag", f"{commit.id} {name}".encode()) if annotated else None
        # A new dictionary: a reply may be going through the old one.
        self.tags = {**self.tags, name: Tag(commit.id, own)}

    def forget(self, commit: str) -> None:
        """Drop a commit and every name that points to it."""
        self.commits = {known: self.commits[known] for known in self.commits if known != commit}
        self.branches = {name: at for name, at in self.branches.items() if at != commit}
        self.pulls = {name: at for name, at in self.pulls.items() if at != commit}
        self.tags = {name: tag for name, tag in self.tags.items() if tag.commit != commit}


def next_commit(
    parent: HubCommit | None,
    files: Mapping[str, bytes | None],
    *,
    message: str,
    date: datetime,
    lfs: Iterable[str] | None,
) -> HubCommit:
    """A commit that changes `files` on top of `parent`; None removes one.

    Its id follows from all of this and nothing else, so two hubs that are filled alike agree.
    """
    large = None if lfs is None else frozenset(lfs)
    tree = dict(parent.files) if parent else {}
    for path, content in files.items():
        if content is None:
            del tree[path]
        else:
            is_lfs = path.endswith(LFS_SUFFIXES) if large is None else path in large
            tree[path] = HubFile.of(content, is_lfs=is_lfs)
    listing = "\n".join(f"{tree[path].blob_id} {path}" for path in sorted(tree))
    parent_id = parent.id if parent else None
    identity = f"{parent_id}\n{date.isoformat()}\n{message}\n{listing}"
    return HubCommit(
        id=git_id("commit", identity.encode()),
        parent=parent_id,
        message=message,
        date=date,
        files=tree,
    )


def git_id(kind: str, content: bytes) -> str:
    """The SHA-1 that git gives an object."""
    return hashlib.sha1(b"%b %d\0%b" % (kind.encode(), len(content), content)).hexdigest()  # noqa: S324


def git_blob_id(content: bytes) -> str:
    """The SHA-1 that git gives a file."""
    return git_id("blob", content)


def _excerpt(commit: HubCommit, path: str, below: str) -> dict[str, str]:
    return {
        name: file.blob_id
        for name, file in commit.files.items()
        if name == path or name.startswith(below)
    }
