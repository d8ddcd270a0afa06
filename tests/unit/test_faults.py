import errno
import socket
import ssl

import pytest

from modellock.shell.faults import at_host, cause_of, explain_fault

URL = "https://h.example/x?X-Amz-Signature=secret"


def raised_from(cause: BaseException) -> Exception:
    """As the HTTP library raises it: the cause below two layers, one of which hides it."""
    hidden = RuntimeError(cause)
    fault = RuntimeError("the layer above")
    fault.__cause__ = hidden
    return fault


def expired() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    error.verify_message = "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("cause", "words", "reason"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "there is no host of that name",
            None,
        ),
        (
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
            "Temporary failure in name resolution",
            "temporary failure in name resolution",
        ),
        (TimeoutError("timed out"), "it did not answer in time", "no answer in time"),
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
            "Connection refused",
            "connection refused",
        ),
        (ValueError("odd\x1b"), "odd\\x1b", "the connection was lost"),
        (ValueError(), "ValueError", "the connection was lost"),
    ],
)
def test_a_lost_connection_in_words(cause: Exception, words: str, reason: str | None) -> None:
    error, why = explain_fault(raised_from(cause), "m/f", URL)

    assert (error.code, str(error)) == ("network", f"m/f: h.example cannot be reached: {words}")
    assert why == reason
    assert error.hint == "check the network, and `HTTPS_PROXY` if there is a proxy"


def test_a_bad_certificate_is_not_asked_again() -> None:
    error, why = explain_fault(raised_from(expired()), "m/f", URL)

    assert (error.code, str(error)) == (
        "certificate",
        "m/f: h.example has a certificate that cannot be verified: certificate has expired",
    )
    assert error.hint == "set `SSL_CERT_FILE` to a file with the certificates that you trust"
    assert why is None


def test_the_cause_is_what_lies_at_the_bottom() -> None:
    bottom = OSError(errno.ECONNRESET, "Connection reset by peer")

    assert cause_of(raised_from(bottom)) is bottom
    assert cause_of(bottom) is bottom


def test_a_host_is_named_once() -> None:
    assert at_host("m/f", URL) == "m/f: h.example"
    assert at_host("h.example", URL) == "h.example"
