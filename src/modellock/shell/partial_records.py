"""What is known of a file that is not all here: a small JSON file beside it."""

import json
from dataclasses import dataclass, replace

from modellock.decisions.ranges import strong_etag
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.values.digest import sha256_of_bytes
from modellock.values.spans import Span, Spans

_LARGEST = 1 << 16
_MOST_SPANS = 1000
_BOOT = "/proc/sys/kernel/random/boot_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialRecord:
    """Which bytes are here, and of what file of whose."""

    size: int
    """Bytes of the whole file."""

    boot: str
    """Names the start of the system that knows of the bytes that no disk has yet; may be empty."""

    here: tuple[Span, ...]
    """What was written; a process that is killed takes nothing of it along."""

    durable: tuple[Span, ...]
    """What was flushed to the disk, too: that outlasts the system."""

    place: str | None = None
    """Where the last bytes came from, as `place_of` names it."""

    etag: str | None = None
    """The strong ETag that the file had there."""

    def believed(self, boot: str) -> Spans:
        """The bytes that this start of the system can count on; the digest has the last word."""
        return Spans(self.here if self.boot == boot else self.durable)


def parse_partial(text: bytes) -> PartialRecord | None:
    """Read a record; None for one that a crash left unreadable, which is as good as none."""
    try:
        fields = json.loads(text.partition(b"\n")[0])
        size = _position(fields["size"])
        return PartialRecord(
            size=size,
            boot=str(fields["boot"]),
            here=_spans(fields["here"], size),
            durable=_spans(fields["durable"], size),
            place=_text(fields["place"]),
            etag=strong_etag({"etag": _text(fields["etag"]) or ""}),
        )
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def format_partial(record: PartialRecord) -> bytes:
    """Write a record: one line, so that it may be written over a longer one."""
    fields = {
        "size": record.size,
        "boot": record.boot,
        "here": record.here,
        "durable": record.durable,
        "place": record.place,
        "etag": record.etag,
    }
    return json.dumps(fields).encode() + b"\n"


def record_path(path: str) -> str:
    """Where the record of a partial file lies."""
    return f"{path}.json"


def partial_path(path: str) -> str:
    """Where the bytes lie, given their path or that of their record."""
    return path.removesuffix(record_path(""))


def read_record(path: str) -> PartialRecord | None:
    """The record of a partial file; None where there is none to be read."""
    try:
        with open_regular(record_path(path), NO_LINK) as file:
            return parse_partial(file.read(_LARGEST))
    except OSError:
        return None


def record_of(path: str, written: int, size: int) -> PartialRecord:
    """The record of a partial file of `written` bytes, as far as these do not contradict it.

    `size` is that of the whole file.
    """
    record = read_record(path)
    if record is None or record.size != size:
        return nothing_of(size)
    return replace(
        record,
        here=tuple(span for span in record.here if span[1] <= written),
        durable=tuple(span for span in record.durable if span[1] <= written),
    )


def nothing_of(size: int) -> PartialRecord:
    """The record of a file of which nothing is here."""
    return PartialRecord(size=size, boot=this_boot(), here=(), durable=())


def arrived_at(path: str) -> int:
    """How many bytes a partial file has, by its record."""
    record = read_record(path)
    return 0 if record is None else record.believed(this_boot()).total


def is_of_this_boot(path: str) -> bool:
    """Whether a partial file was begun by a process of this machine, since it started."""
    record = read_record(path)
    return record is not None and record.boot == this_boot() != ""


def place_of(url: str) -> str:
    """A name for a place: a query can be a signature, which is written nowhere."""
    return sha256_of_bytes(url.encode()).value[:32]


def this_boot() -> str:
    """Names this start of the system; empty where it has no name."""
    try:
        with open(_BOOT, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _spans(value: object, size: int) -> tuple[Span, ...]:
    if not isinstance(value, list) or len(value) > _MOST_SPANS:
        raise TypeError("not a list of spans")
    spans = [(_position(start), _position(end)) for start, end in value]
    if any(start >= end or end > size for start, end in spans):
        raise ValueError("not within the file")
    return tuple(spans)


def _position(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a position")
    return value


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("not a text")
    return value
