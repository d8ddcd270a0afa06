"""`modellock doctor`."""

import os
from collections.abc import Iterator

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.session import open_settings
from modellock.cli.tables import aligned
from modellock.shell.unpacking_engines import INSTALL_ZSTD
from modellock.shell.whereabouts import project_directory
from modellock.values.wording import size_words, visible
from modellock.verbs.doctor import DoctorResult, EndpointInForce, Place, doctor


def run(invocation: Invocation) -> Answer:
    """Look at the project around here, or at the current directory where there is none."""
    directory = project_directory(invocation.start) or invocation.start
    result = doctor(directory, open_settings(invocation), os.environ)
    return Answer(document_of(result), "\n".join(lines_of(result)), data=True)


def lines_of(result: DoctorResult) -> Iterator[str]:
    """The result for a person."""
    yield f"modellock {result.version}, {result.python}, {result.system}"
    yield ", ".join(f"{name} {version}" for name, version in result.libraries.items())
    yield ""
    yield from aligned(
        [("store", _place_words(result.store)), ("project", _place_words(result.project))]
    )
    yield ""
    yield f"zstd: {'works' if result.zstd else f'archives need `{INSTALL_ZSTD}`'}"
    yield ""
    yield "Links from the store to the project:"
    yield from aligned(
        [(method.mode, method.refusal or "works") for method in result.methods]
        or [("none tried", "one of the two cannot be written to")],
        indent=2,
    )
    yield ""
    yield "Endpoints:"
    yield from aligned([_endpoint_row(one, result) for one in result.endpoints], indent=2)
    if result.token_variables:
        yield ""
        yield f"Tokens of other hosts: {', '.join(result.token_variables)}"


def _place_words(place: Place) -> str:
    words = [visible(place.directory)]
    if not place.exists:
        words.append("not there yet")
    if not place.writable:
        words.append("cannot be written to")
    return ", ".join([*words, f"{size_words(place.free)} free"])


def _endpoint_row(endpoint: EndpointInForce, result: DoctorResult) -> tuple[str, ...]:
    origin = f"from {endpoint.variable}" if endpoint.variable else "default"
    token = f"token from {visible(endpoint.token_from)}" if endpoint.token_from else "no token"
    if result.offline_cause is not None:
        answer = f"not asked ({result.offline_cause})"
    else:
        answer = visible(endpoint.refusal) if endpoint.refusal else "answers"
    return endpoint.name.replace("_", " "), endpoint.url, origin, token, answer


def document_of(result: DoctorResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "version": result.version,
        "python": result.python,
        "system": result.system,
        "libraries": dict(result.libraries),
        "store": _place_document(result.store),
        "project": _place_document(result.project),
        "links": [
            {"mode": method.mode, "works": method.refusal is None, "refusal": method.refusal}
            for method in result.methods
        ],
        "zstd": result.zstd,
        "token_variables": list(result.token_variables),
        "offline": result.offline_cause is not None,
        "endpoints": [_endpoint_document(one, result) for one in result.endpoints],
    }


def _place_document(place: Place) -> dict[str, object]:
    return {
        "directory": place.directory,
        "exists": place.exists,
        "writable": place.writable,
        "free": place.free,
    }


def _endpoint_document(endpoint: EndpointInForce, result: DoctorResult) -> dict[str, object]:
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "variable": endpoint.variable,
        "token_from": endpoint.token_from,
        "answers": endpoint.refusal is None if result.offline_cause is None else None,
        "refusal": endpoint.refusal,
    }
