"""The `[settings]` table, which models.toml and models.lock share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from modellock.documents.keys import Mirror
from modellock.documents.mirrors import parse_mirrors
from modellock.values.durations import parse_duration
from modellock.values.paths import parse_model_name, parse_path
from modellock.values.tables import Table


class LinkMode(StrEnum):
    """How a placed file is made from a blob."""

    AUTO = "auto"
    HARDLINK = "hardlink"
    REFLINK = "reflink"
    COPY = "copy"
    SYMLINK = "symlink"


class Layout(StrEnum):
    """How placed files are arranged."""

    PLAIN = "plain"
    HF_CACHE = "hf-cache"
    TORCH_HUB = "torch-hub"
    WHISPER = "whisper"
    CLIP = "clip"


SHARED_ROOTS: Mapping[Layout, str] = {
    Layout.HF_CACHE: "hub",
    Layout.TORCH_HUB: "torch",
    Layout.WHISPER: "whisper",
    Layout.CLIP: "clip",
}
"""The last segment of the default root, for each layout whose models share a root."""

E = TypeVar("E", bound=StrEnum)
DEFAULT_PATH = "models"
SETTINGS_KEYS = (
    "path",
    "layout",
    "default-groups",
    "min-age",
    "exclude-newer",
    "link-mode",
    "mirrors",
    "adopt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """What a project wants of all its models."""

    path: str = DEFAULT_PATH
    """Where models without a `path` of their own are placed, relative to the project."""

    layout: Layout = Layout.PLAIN
    default_groups: tuple[str, ...] | None = None
    """None means all groups."""

    min_age: str | None = None
    """A duration, as written."""

    exclude_newer: datetime | None = None
    """In UTC."""

    link_mode: LinkMode = LinkMode.AUTO
    mirrors: tuple[Mirror, ...] = ()
    adopt: bool = False


def parse_settings(table: Table) -> ProjectSettings:
    """Read a `[settings]` table; TableError with the dotted key."""
    table.refuse_unknown(SETTINGS_KEYS)
    if "min-age" in table and "exclude-newer" in table:
        raise table.fail("excludes `min-age`: write one of them", "exclude-newer")
    return ProjectSettings(
        path=table.parsed("path", parse_path) or DEFAULT_PATH,
        layout=table.parsed("layout", parse_layout) or Layout.PLAIN,
        default_groups=parse_groups(table, "default-groups"),
        min_age=table.parsed("min-age", _checked_duration),
        exclude_newer=table.check(
            "exclude-newer", _exclude_newer, table.content.get("exclude-newer")
        ),
        link_mode=table.parsed("link-mode", _link_mode) or LinkMode.AUTO,
        mirrors=parse_mirrors(table),
        adopt=table.boolean("adopt", default=False),
    )


def parse_groups(table: Table, key: str) -> tuple[str, ...] | None:
    """Read an array of names of groups; None where the key is absent."""
    groups = table.strings(key)
    for position, group in enumerate(groups or ()):
        table.check(f"{key}[{position}]", parse_model_name, group)
    return groups


def parse_layout(text: str) -> Layout:
    """Return a layout; ValueError with the known ones."""
    return _one_of(Layout, text, "layout")


def _link_mode(text: str) -> LinkMode:
    return _one_of(LinkMode, text, "link mode")


def _one_of(kinds: type[E], text: str, noun: str) -> E:
    try:
        return kinds(text)
    except ValueError:
        known = ", ".join(f"`{kind}`" for kind in kinds)
        raise ValueError(f"{text!r} is not a {noun}: {known}") from None


def _checked_duration(text: str) -> str:
    parse_duration(text)
    return text


def _exclude_newer(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{value!s} is not a time with a zone, such as `2026-01-31T00:00:00Z`")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value!s} is not a time that can be told in UTC") from error
