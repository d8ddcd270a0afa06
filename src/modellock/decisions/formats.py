"""What a file is packed as, told by its first bytes: a name can say anything."""

from enum import StrEnum

HEAD = 512
"""Bytes that are enough to tell: the header of a tar archive."""


class Codec(StrEnum):
    """A way to make one stream of bytes smaller."""

    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"


_SUFFIXES = {
    Codec.GZIP: (".gz", ".gzip"),
    Codec.ZSTD: (".zst", ".zstd"),
    Codec.XZ: (".xz",),
    Codec.BZIP2: (".bz2", ".bzip2"),
}
_GZIP = b"\x1f\x8b\x08"
"""With deflate, the one method there is (RFC 1952, 2.3.1)."""

_ZSTD = b"\x28\xb5\x2f\xfd"
_XZ = b"\xfd7zXZ\x00"
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
"""Of a block and, in an empty file, of its end: digits of pi and of its square root."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""A member's header and, in an empty archive, the end of the directory."""

_CHECKSUM = slice(148, 156)


def codec_of(head: bytes) -> Codec | None:
    """The codec of a file that begins so; None where it has none."""
    if head.startswith(_GZIP):
        return Codec.GZIP
    # A skippable frame (RFC 8878, 3.1.2), of any of 16 kinds, may come first.
    if head.startswith(_ZSTD) or (head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5):
        return Codec.ZSTD
    if head.startswith(_XZ):
        return Codec.XZ
    is_bzip2 = head[:3] == b"BZh" and head[3:4] in b"123456789" and head[4:10] in _BZIP2_BLOCKS
    return Codec.BZIP2 if is_bzip2 else None


def is_zip(head: bytes) -> bool:
    """Whether a file that begins so is a zip archive."""
    return head.startswith(_ZIP)


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar archive: the checksum of its first header is right."""
    return len(head) >= HEAD and tar_checksum(head) == _written_checksum(head)


def tar_checksum(header: bytes) -> int:
    """The sum of a header's 512 bytes, its own checksum counted as spaces (pax, ustar format)."""
    return sum(header[:HEAD]) - sum(header[_CHECKSUM]) + 8 * ord(" ")


def _written_checksum(header: bytes) -> int | None:
    digits = header[_CHECKSUM].strip(b" \0")
    return int(digits, 8) if digits and set(digits) <= set(b"01234567") else None


def unpacked_name(path: str, codec: Codec) -> str:
    """What a single file is called once it is unpacked: `model.onnx` for `model.onnx.gz`.

    A name that does not end so, as far as the codec is told by it, stays as it is.
    """
    for suffix in _SUFFIXES[codec]:
        stem = path[: -len(suffix)]
        if path.lower().endswith(suffix) and stem and not stem.endswith("/"):
            return stem
    return path
