"""What a connection that fails means to a person; one look at the cause at the bottom of it."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from modellock.errors import CertificateError, ModellockError, NetworkError, UsageError
from modellock.values.addresses import host_of
from modellock.values.wording import visible


def explain_fault(fault: Exception, subject: str, url: str) -> tuple[ModellockError, str | None]:
    """The error, and in a few words why another try may help; None where it cannot.

    Nothing of the URL but its host is shown.
    """
    where = at_host(subject, url)
    cause = cause_of(fault)
    if isinstance(cause, ssl.SSLCertVerificationError):
        error: ModellockError = CertificateError(
            f"{where} has a certificate that cannot be verified: {visible(cause.verify_message)}",
            hint="set `SSL_CERT_FILE` to a file with the certificates that you trust",
        )
        return error, None
    words, reason = _words(cause)
    error = NetworkError(
        f"{where} cannot be reached: {words}",
        hint="check the network, and `HTTPS_PROXY` if there is a proxy",
    )
    return error, reason


def _words(cause: BaseException) -> tuple[str, str | None]:
    match cause:
        case socket.gaierror(errno=socket.EAI_NONAME):
            return "there is no host of that name", None
        case TimeoutError():
            return "it did not answer in time", "no answer in time"
        case OSError() if cause.strerror:
            words = visible(cause.strerror)
            return words, words.lower()
        case _:
            return visible(str(cause)) or type(cause).__name__, "the connection was lost"


@contextmanager
def client_opening(invalid_url: type[Exception]) -> Iterator[None]:
    """While an HTTP client is opened, which reads proxies and certificates from the environment.

    Raises UsageError over what it cannot use; nothing of a proxy's URL is shown. `invalid_url` is
    the HTTP library's.
    """
    try:
        yield
    except OSError as fault:
        reason = visible(fault.strerror or str(fault))
        raise UsageError(
            f"SSL_CERT_FILE or SSL_CERT_DIR: no certificates can be read there: {reason}"
        ) from fault
    except (ImportError, ValueError, invalid_url) as fault:
        raise UsageError(
            "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or NO_PROXY: cannot be used: "
            "expected a proxy such as `http://proxy.example:3128`",
            hint="correct the variable, or unset it",
        ) from fault


def cause_of(fault: BaseException) -> BaseException:
    """What lies at the bottom of an exception: what the system said."""
    while (deeper := _below(fault)) is not None:
        fault = deeper
    return fault


def _below(fault: BaseException) -> BaseException | None:
    # httpcore raises again `from None`, and keeps what it caught as the argument.
    inner = fault.args[0] if fault.args else None
    return fault.__cause__ or (inner if isinstance(inner, BaseException) else None)


def at_host(subject: str, url: str) -> str:
    """How a sentence about a host begins: with the subject, unless that is the host itself."""
    host = visible(host_of(url))
    return host if subject == host else f"{subject}: {host}"
