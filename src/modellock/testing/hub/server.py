"""The embedded Hub: what a test fills, starts and asks."""

import hashlib
import ssl
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, Self, TypedDict, Unpack

from modellock.testing.hub import routes
from modellock.testing.hub.content import HubCommit, HubRepository, Kind, next_commit
from modellock.testing.hub.large_files import LargeFiles
from modellock.testing.hub.quota import HubQuota
from modellock.testing.hub.shelf import HubSettings, Shelf
from modellock.testing.moments import FIRST, STEP, moment
from modellock.testing.wire.exchange import Reply, Request
from modellock.testing.wire.lies import Lies
from modellock.testing.wire.loopback import OBJECTS_ADDRESS, Loopback, RequestLog
from modellock.testing.wire.objects import ObjectHost


class PublishOptions(TypedDict, total=False):
    """What `EmbeddedHub.publish` may be told, of the commit and of its repository."""

    type: Kind
    branch: str
    """Also with a slash, and `refs/pr/1`; a new one begins where `main` is. Default `main`."""

    tag: str
    """A tag for the new commit."""

    message: str
    date: datetime | str
    """Default: a day after the commit before it; the first is of 2025-01-01."""

    lfs: Iterable[str]
    """The paths that are in git-lfs. Default: by suffix."""

    object_id: str
    """`_id`. Default: follows from kind and name."""

    gated: Literal[False, "auto", "manual"]
    private: bool
    disabled: bool
    license: str
    card: dict[str, Any]
    """What `cardData` shows; the license is put in."""


class EmbeddedHub:
    """A Hugging Face Hub on loopback: `with EmbeddedHub() as hub`, then `HF_ENDPOINT=hub.url`."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._loopback = Loopback(tls)
        self.lies: Lies = self._loopback.lies
        self.requests: RequestLog = self._loopback.requests
        self.quota: HubQuota = HubQuota()
        self.settings: HubSettings = HubSettings()
        self.objects: ObjectHost = ObjectHost(signature_name="Signature")
        self._origin = self._loopback.add("hub", self._answer, finish=self._signed_off)
        objects = self._loopback.add("objects", self.objects.answer, address=OBJECTS_ADDRESS)
        self.large_files: LargeFiles = LargeFiles(objects=self.objects, origin=objects)
        self._shelf = Shelf(settings=self.settings, large_files=self.large_files)
        self._begun: Counter[tuple[Kind, str]] = Counter()
        self.tokens: dict[str, Collection[str]] = self._shelf.tokens
        """Accepted tokens, and the private and gated repositories that each may read."""

    @property
    def url(self) -> str:
        """What HF_ENDPOINT is to be."""
        return self._origin.url

    @property
    def objects_url(self) -> str:
        """The host of signed URLs, without a slash at the end."""
        return self.large_files.origin.url

    def start(self, port: int = 0) -> None:
        """Serve; port 0 is any free one."""
        self._loopback.start(port)
        self._shelf.url = self._origin.url

    def stop(self) -> None:
        """Stop serving; what was published stays."""
        self._loopback.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def publish(
        self, name: str, files: Mapping[str, bytes | None], **options: Unpack[PublishOptions]
    ) -> str:
        """Commit `files` on top of what the branch holds; None removes one. The commit's id.

        Begins the repository if there is none of that name. Hubs that are filled alike agree on
        every id.
        """
        with self._loopback.lock:
            repository = self._opened(name, options)
            parent = repository.find(options.get("branch", "main")) or repository.find("HEAD")
            commit = next_commit(
                parent,
                files,
                message=options.get("message", f"Publish {len(files)} files"),
                date=_date(options, parent),
                lfs=options.get("lfs"),
            )
            repository.add(options.get("branch", "main"), commit)
            if "tag" in options:
                repository.set_tag(options["tag"], commit.id)
        return commit.id

    def repository(self, name: str, type: Kind = "model") -> HubRepository:  # noqa: A002
        """The repository itself, to look at and to change.

        Raises:
            KeyError: there is none of that name.
        """
        return self._shelf.repositories[type, name]

    def rename(self, name: str, new_name: str, type: Kind = "model") -> None:  # noqa: A002
        """Give the repository another name; the former one redirects."""
        with self._loopback.lock:
            repository = self._shelf.repositories.pop((type, name))
            repository.name = new_name
            self._shelf.repositories[type, new_name] = repository
            self._shelf.renames[type, name] = new_name

    def delete(self, name: str, type: Kind = "model") -> None:  # noqa: A002
        """Remove the repository; publishing under its name again makes one with another `_id`."""
        with self._loopback.lock:
            del self._shelf.repositories[type, name]

    def _opened(self, name: str, options: PublishOptions) -> HubRepository:
        key = options.get("type", "model"), name
        if key not in self._shelf.repositories:
            self._begun[key] += 1
            identity = f"{key} {self._begun[key]}".encode()
            object_id = hashlib.sha256(identity).hexdigest()[:24]
            self._shelf.repositories[key] = HubRepository(
                kind=key[0], name=name, object_id=options.get("object_id", object_id)
            )
            # Whoever takes a name takes it from the redirect too.
            self._shelf.renames.pop(key, None)
        repository = self._shelf.repositories[key]
        _describe(repository, options)
        return repository

    def _answer(self, request: Request) -> Reply:
        return self.quota.exceeded(request) or routes.answer(self._shelf, request)

    def _signed_off(self, request: Request, reply: Reply) -> Reply:
        return reply.with_headers({**self.quota.headers(request), "X-Request-Id": "Root=1-0-0"})


def _describe(repository: HubRepository, options: PublishOptions) -> None:
    repository.gated = options.get("gated", repository.gated)
    repository.private = options.get("private", repository.private)
    repository.disabled = options.get("disabled", repository.disabled)
    repository.card = options.get("card", repository.card)
    if "license" in options:
        repository.card = {**repository.card, "license": options["license"]}


def _date(options: PublishOptions, parent: HubCommit | None) -> datetime:
    if "date" in options:
        return moment(options["date"])
    return parent.date + STEP if parent else FIRST
