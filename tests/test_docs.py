"""What README and docs say is run here: links lead somewhere, commands print what is shown."""

import inspect
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import modellock
from modellock.cli.parser import parse
from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.documents.manifest import parse_manifest
from modellock.errors import UnsupportedError
from tests.markdown import Block, anchor_of, anchors, blocks, code_spans, links, pages, story
from tests.reader import Reader
from tests.source_tree import ROOT
from tests.transcript import steps
from tests.world import World

pytestmark = pytest.mark.docs

each_page = pytest.mark.parametrize("page", pages())


def pages_to_follow() -> list[str]:
    """Those that show a terminal, or Python to run."""
    return [page for page in pages() if any(is_followed(block) for block in blocks(page))]


def is_followed(block: Block) -> bool:
    return block.language == "console" or (block.language == "python" and block.title is None)


FUNCTIONS = ("path", "lock", "update", "sync", "status", "verify", "env")

DOCKERFILE = frozenset(["ARG", "CMD", "COPY", "ENV", "FROM", "RUN", "USER", "WORKDIR"])
"""The instructions that the pages use."""


def shown(file: str) -> list[str]:
    """What the pages show as this file."""
    return [block.text for page in pages() for block in blocks(page) if block.title == file]


@each_page
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    dead = [target for target in links(page) if not leads_somewhere(page, target)]

    assert dead == []


@pytest.mark.parametrize("text", shown("models.toml"))
def test_a_manifest_that_is_shown_can_be_read(text: str) -> None:
    assert parse_manifest(text).specs


@pytest.mark.parametrize("text", shown("models.lock"))
def test_a_lock_that_is_shown_is_as_it_would_be_written(text: str) -> None:
    assert format_lock(parse_lock(text)) == text


@pytest.mark.skipif(sys.platform != "linux", reason="the pages show a terminal of Linux")
@pytest.mark.parametrize("page", pages_to_follow())
def test_a_reader_who_follows_a_page_sees_what_it_shows(page: str, tmp_path: Path) -> None:
    with World(tmp_path) as world:
        reader = Reader(world)
        try:
            reader.follow(story(page))
        finally:
            reader.close()

    assert not reader.surprises, "\n\n".join(reader.surprises)


@each_page
def test_every_command_line_that_a_page_names_can_be_typed(page: str) -> None:
    for words in command_lines(page):
        try:
            parse(words, {})
        except UnsupportedError:
            # Pages may say what is not there yet; a misspelt flag is another error.
            continue


@pytest.mark.parametrize("function", [getattr(modellock, name) for name in FUNCTIONS])
def test_the_python_reference_has_every_function_as_it_is(function: Callable[..., object]) -> None:
    heading = f"`modellock.{function.__name__}{signature_of(function)}`"

    assert anchor_of(heading) in anchors("docs/reference/python-api.md")


def signature_of(function: Callable[..., object]) -> inspect.Signature:
    """Without types, and with enumerated values as they are written."""
    signature = inspect.signature(function)
    plain = [
        parameter.replace(
            annotation=parameter.empty,
            default=str(parameter.default)
            if isinstance(parameter.default, StrEnum)
            else parameter.default,
        )
        for parameter in signature.parameters.values()
    ]
    return signature.replace(parameters=plain, return_annotation=signature.empty)


def command_lines(page: str) -> Iterator[list[str]]:
    """What stands after `modellock` in sentences, terminals, workflows and Dockerfiles."""
    texts = [text for text in code_spans(page) if text.startswith("modellock ")]
    for block in blocks(page):
        if block.language == "console":
            texts += [step.command for step in steps(block.text)]
        elif block.language in {"dockerfile", "yaml", "sh"}:
            texts += joined(block.text).splitlines()
    for text in texts:
        if "[OPTION" in text:  # how a command is used, not one that is
            continue
        for command in re.findall(r"(?<![\w/.])modellock (?![A-Z])([^|;&>()$]*)", text):
            yield [word for word in shlex.split(command, comments=True) if word != "…"]


@pytest.mark.parametrize("text", shown("Dockerfile"))
def test_a_dockerfile_that_is_shown_is_made_of_instructions(text: str) -> None:
    lines = [line for line in joined(text).splitlines() if line and not line.startswith("#")]

    assert lines[0].startswith("FROM ")
    assert {line.split()[0] for line in lines} <= DOCKERFILE


def joined(text: str) -> str:
    """Lines that end with a backslash and the lines after them, as one."""
    return text.replace("\\\n", " ")


def leads_somewhere(page: str, target: str) -> bool:
    if target.startswith(("https://", "http://")):
        return True
    path, _, anchor = target.partition("#")
    found = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if not os.path.exists(os.path.join(ROOT, found)):
        return False
    return not anchor or anchor in anchors(found)
