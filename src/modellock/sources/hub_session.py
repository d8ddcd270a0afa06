"""Asking a Hub through huggingface_hub, of either major: patience, and errors with a next step."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from modellock._version import __version__
from modellock.documents.manifest import Spec
from modellock.errors import ModellockError, NetworkError, OfflineError, ServerError
from modellock.ports.refusals import explain_refusal
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token
from modellock.shell.border import Border
from modellock.shell.faults import client_opening, explain_fault
from modellock.shell.limits import Limits
from modellock.shell.retries import Schedule, Tries, may_pass
from modellock.sources.hub_conversation import Conversation, conversing
from modellock.values.addresses import host_of, service_of
from modellock.values.origins import Kind
from modellock.values.wording import visible

Answer = TypeVar("Answer")

_NAME = "modellock"
_MOST_CHARACTERS = 200

# What huggingface_hub and the readers of its replies raise over one that is not as promised.
_MALFORMED = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)

_IMPORTING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Library:
    """What is used of huggingface_hub; its types are known to it alone."""

    api: Any
    """The class HfApi."""

    errors: Any
    utils: Any


def import_huggingface_hub() -> Library:
    """Import huggingface_hub; 150 ms."""
    # Its parts are imported when they are named, and import each other: not by several threads.
    with _IMPORTING:
        from huggingface_hub import HfApi, errors, utils

    return Library(HfApi, errors, utils)


@dataclass(frozen=True, slots=True)
class _Failure:
    """A try that failed."""

    error: ModellockError
    reason: str | None = None
    """Why another one may succeed; None where it cannot."""

    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    """Of the reply, where there was one."""


class HubSession:
    """Asks one Hub. Safe to use from several threads."""

    def __init__(
        self,
        endpoint: str,
        *,
        token: Token | None,
        reporter: Reporter,
        stop: threading.Event | None = None,
        schedule: Schedule = Schedule(),  # noqa: B008 - it is a value
        border: Border | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._token = token
        self._reporter = reporter
        self._stop = stop
        self._schedule = schedule
        self._border = border or Border(None)
        self._limits = Limits()

    def ask(self, spec: Spec, what: str, question: Callable[[Any], Answer]) -> Answer:
        """Ask until there is an answer, or until none can be hoped for.

        `what` is asked about, for messages. `question` gets an HfApi, may be put again, and raises
        ValueError over a reply that is not what the API promises. Raises what `explain_refusal`
        makes of an error status; NetworkError, CertificateError, ServerError, OfflineError;
        StoppedError once `stop` is set.
        """
        library = import_huggingface_hub()
        tries = Tries(spec.name, self._reporter, stop=self._stop, schedule=self._schedule)
        while True:
            tries.check()
            self._limits.heed(self._endpoint, tries)
            outcome = self._try(library, f"{spec.name}: {what}", question)
            if not isinstance(outcome, _Failure):
                self._limits.note(self._endpoint, 200, {}, None)
                return outcome
            reason = outcome.reason
            seconds = None if reason is None else tries.next_wait(outcome.headers)
            is_news = self._limits.note(self._endpoint, outcome.status, outcome.headers, seconds)
            if reason is None or seconds is None:
                outcome.error.model = spec.name
                raise outcome.error
            if is_news:
                tries.wait(seconds, reason)

    def _try(
        self, library: Library, subject: str, question: Callable[[Any], Answer]
    ) -> Answer | _Failure:
        api = library.api(
            self._endpoint, token=False, library_name=_NAME, library_version=__version__
        )
        with client_opening(library.utils.httpx.InvalidURL):
            client = library.utils.get_session()
        conversation = Conversation(
            subject=subject,
            endpoint=self._endpoint,
            token=self._token,
            refuse=library.utils.hf_raise_for_status,
            way=self._border.way(subject),
        )
        web, errors = library.utils.httpx, library.errors
        expected = (
            web.HTTPError,
            web.InvalidURL,
            errors.OfflineModeIsEnabled,
            RuntimeError,
            TimeoutError,
        )
        try:
            with conversing(client, conversation):
                return question(api)
        except (*expected, *_MALFORMED) as error:
            # When a connection fails while it lists a tree, huggingface_hub closes the client under
            # every thread, and goes on with one that has no hooks: what comes then is no answer.
            lost = library.utils.get_session() is not client
            return self._failure(library, subject, error, lost=lost)

    def _failure(self, library: Library, subject: str, error: Exception, *, lost: bool) -> _Failure:
        if isinstance(error, library.utils.httpx.TransportError | TimeoutError):
            return _Failure(*explain_fault(error, subject, self._endpoint))
        if lost:
            return _Failure(self._lost(subject), "the connection was lost")
        if isinstance(error, library.errors.HfHubHTTPError):
            return self._refused(subject, error.response)
        if isinstance(error, library.errors.OfflineModeIsEnabled):
            return _Failure(_offline(subject, self._endpoint))
        if isinstance(error, RuntimeError) and not isinstance(error, RecursionError):
            raise error
        return _Failure(self._malformed(subject, error))

    def _refused(self, subject: str, response: Any) -> _Failure:
        status = response.status_code
        headers = {name.lower(): text for name, text in response.headers.items()}
        url = str(response.url)
        ours = service_of(url) == service_of(self._endpoint)
        error = explain_refusal(
            Kind.HUB,
            status=status,
            headers=headers,
            url=url,
            subject=subject,
            token=self._token if ours else None,
        )
        reason = f"{host_of(url)} answered {status}" if may_pass(status, headers) else None
        return _Failure(error, reason, headers, status)

    def _lost(self, subject: str) -> ModellockError:
        host = host_of(self._endpoint)
        return NetworkError(f"{subject}: {host} cannot be reached: the connection was lost")

    def _malformed(self, subject: str, error: Exception) -> ModellockError:
        fault = visible(str(error)[:_MOST_CHARACTERS])
        return ServerError(
            f"{subject}: {host_of(self._endpoint)} sent a reply that cannot be used: {fault}",
            hint=f"check that {self._endpoint} is a Hub",
        )


def list_commits(api: Any, spec: Spec, revision: str, *, per_page: int) -> Iterable[Any]:
    """The commits that lead to a revision, newest first, page by page as they are taken.

    HfApi.list_repo_commits reads every page, and a history can have thousands of commits.
    """
    utils = import_huggingface_hub().utils
    url = f"{api.endpoint}/api/{spec.type}s/{spec.origin}/commits/{quote(revision, safe='')}"
    headers = utils.build_hf_headers(token=False, library_name=_NAME, library_version=__version__)
    commits: Iterable[Any] = utils.paginate(url, params={"limit": per_page}, headers=headers)
    return commits


def _offline(subject: str, endpoint: str) -> ModellockError:
    return OfflineError(
        f"{subject}: {host_of(endpoint)} was not asked: the program that calls modellock made a "
        "client of huggingface_hub that refuses to ask",
        hint="see what the program passes to `huggingface_hub.set_client_factory`",
    )
