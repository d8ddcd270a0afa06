"""Packed streams: one file, or a tree; damaged, cut short, followed by something, or too greedy."""

import bz2
import gzip
import lzma
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modellock.decisions.formats import Codec
from modellock.shell.unpacking_engines import engine_for
from modellock.shell.unpacking_streams import Stream, unpacked
from modellock.shell.volumes import Volume
from tests.integration import archives
from tests.integration.archives import plain_tar, plain_zip

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FILES = {"weights.bin": b"w" * 700_000, "a/tokenizer.json": b"{}"}
WEIGHTS = bytes(range(256)) * 3000
SUFFIXES = {Codec.GZIP: "gz", Codec.ZSTD: "zst", Codec.XZ: "xz", Codec.BZIP2: "bz2"}


def zstd_compressed(content: bytes) -> bytes:
    """With a checksum, as the program writes it."""
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


COMPRESS: dict[Codec, Callable[[bytes], bytes]] = {
    Codec.GZIP: gzip.compress,
    Codec.ZSTD: zstd_compressed,
    Codec.XZ: lzma.compress,
    Codec.BZIP2: bz2.compress,
}
each_codec = pytest.mark.parametrize("codec", list(Codec))


def streamed(content: bytes, codec: Codec, block: int = 1 << 16) -> bytes:
    blocks = (content[start : start + block] for start in range(0, len(content), block))
    return b"".join(unpacked(blocks, codec))


@each_codec
def test_a_single_file_comes_out_under_its_own_name(codec: Codec, tmp_path: Path) -> None:
    packed = COMPRESS[codec](WEIGHTS)

    files = archives.unpacked(packed, tmp_path, path=f"en/model.onnx.{SUFFIXES[codec]}", strip=1)

    assert files == {"en/model.onnx": WEIGHTS}


@pytest.mark.parametrize("path", ["..gz", "model .gz", "en/con.txt.gz"])
def test_the_name_of_a_single_file_is_checked_once_more(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"is not a safe relative path"):
        archives.unpacked(gzip.compress(WEIGHTS), tmp_path, path=path)


@each_codec
def test_a_tree_comes_out_whatever_its_archive_is_called(codec: Codec, tmp_path: Path) -> None:
    packed = COMPRESS[codec](plain_tar(FILES))

    assert archives.unpacked(packed, tmp_path, path="model.bin") == FILES


@each_codec
def test_an_archive_in_an_archive_is_a_file(codec: Codec, tmp_path: Path) -> None:
    inner = COMPRESS[codec](plain_zip({"a": b"1"}))
    outer = COMPRESS[codec](plain_tar({"inner": inner}))

    assert archives.unpacked(outer, tmp_path) == {"inner": inner}
    assert archives.unpacked(COMPRESS[codec](inner), tmp_path) == {"m": inner}


@each_codec
@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_streams_may_follow_each_other(codec: Codec, block: int) -> None:
    packed = COMPRESS[codec](b"one") + COMPRESS[codec](b"") + COMPRESS[codec](b"two" * 1000)

    assert streamed(packed, codec, block) == b"one" + b"two" * 1000


def test_frames_of_zstd_that_hold_nothing_are_skipped() -> None:
    skipped = b"\x51\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"\x00\x01\x02"

    assert streamed(skipped + zstd.compress(b"one") + skipped, Codec.ZSTD) == b"one"


@each_codec
def test_a_small_stream_of_much_comes_out_in_small_blocks(codec: Codec) -> None:
    packed = COMPRESS[codec](bytes(10_000_000))

    assert max(len(block) for block in unpacked(iter([packed]), codec)) <= 1 << 18
    assert streamed(packed, codec) == bytes(10_000_000)


@each_codec
def test_a_stream_that_is_cut_short_is_refused(codec: Codec) -> None:
    packed = COMPRESS[codec](WEIGHTS)

    for length in (len(packed) // 2, len(packed) - 1):
        with pytest.raises(ValueError, match=f"^is cut short: its {codec} stream does not end$"):
            streamed(packed[:length], codec)


@each_codec
def test_a_stream_that_is_damaged_is_refused(codec: Codec) -> None:
    packed = bytearray(COMPRESS[codec](WEIGHTS))
    for place in range(len(packed) // 2, len(packed) // 2 + 20):
        packed[place] ^= 0xFF

    with pytest.raises(ValueError, match=f"^is damaged: {codec}: |^is cut short"):
        streamed(bytes(packed), codec)


@each_codec
@pytest.mark.parametrize("behind", [b"behind", bytes(30)])
def test_nothing_else_may_follow_a_stream(codec: Codec, behind: bytes) -> None:
    packed = COMPRESS[codec](WEIGHTS) + behind

    with pytest.raises(ValueError, match=r"has something else behind|^is cut short"):
        streamed(packed, codec)


@each_codec
def test_a_checksum_that_is_wrong_is_seen(codec: Codec) -> None:
    changed = bytearray(COMPRESS[codec](WEIGHTS))
    # gzip ends with a size behind its checksum; bzip2 with the sum of its blocks' checksums.
    changed[{Codec.GZIP: -5, Codec.XZ: -20}.get(codec, -2)] ^= 0x10

    with pytest.raises(ValueError, match=r"^is damaged"):
        streamed(bytes(changed), codec)


def test_a_dictionary_that_takes_too_much_memory_is_refused() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 128 << 20}]
    packed = lzma.compress(b"w", filters=filters)

    with pytest.raises(ValueError, match=r"^needs more memory to be unpacked than 64 MiB$"):
        streamed(packed, Codec.XZ)


def test_as_much_memory_as_xz_itself_takes_at_most_is_fine() -> None:
    assert streamed(lzma.compress(WEIGHTS, preset=9), Codec.XZ) == WEIGHTS


def test_a_window_that_takes_too_much_memory_is_refused() -> None:
    engine = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    packed = engine.compress(b"w" * 1000) + engine.flush()

    with pytest.raises(ValueError, match=r"^needs more memory to be unpacked than 64 MiB$"):
        streamed(packed, Codec.ZSTD)


def test_a_window_of_64_mib_is_fine() -> None:
    engine = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 26})
    packed = engine.compress(WEIGHTS) + engine.flush()

    assert streamed(packed, Codec.ZSTD) == WEIGHTS
    assert engine_for(Codec.ZSTD).needs_input


@pytest.mark.parametrize("codec", [Codec.BZIP2, Codec.XZ, Codec.ZSTD])
@pytest.mark.slow
def test_a_bomb_is_given_up(codec: Codec, tmp_path: Path) -> None:
    packed = COMPRESS[codec](bytes(10 << 20))

    with pytest.raises(ValueError, match=r"^becomes more than 200 times as large as it is: "):
        archives.unpacked(packed * 27, tmp_path)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"GGUF", bytes(10_000), b"<html>" + bytes(600)):
        with pytest.raises(
            ValueError, match=r"^is not an archive: expected tar, zip, gzip, zstd, xz or bzip2$"
        ):
            archives.unpacked(content, tmp_path)


def test_parts_are_read_as_one_file(tmp_path: Path) -> None:
    content = plain_zip(FILES)
    paths = [tmp_path / f"{number}" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(content[number * 300 : None if number == 3 else (number + 1) * 300])

    with Volume([str(path) for path in paths]) as volume:
        assert volume.size == len(content)
        assert volume.read(250, 700) == content[250:950]
        assert volume.read(len(content) - 3, 9) == content[-3:]
        assert b"".join(volume.blocks()) == content
        assert b"".join(volume.portion(len(content), 5)) == b""


def test_of_many_parts_one_is_open_at_a_time(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}" for number in range(300)]
    for number, path in enumerate(paths):
        path.write_bytes(b"%03d" % number)
    before = len(os.listdir("/dev/fd"))

    with Volume([str(path) for path in paths]) as volume:
        content = b"".join(volume.portion(0, volume.size))

        assert len(os.listdir("/dev/fd")) - before <= 1
    assert content == b"".join(b"%03d" % number for number in range(300))
    assert len(os.listdir("/dev/fd")) == before


def test_a_part_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"1")
    (tmp_path / "link").symlink_to("part")

    with pytest.raises(OSError, match="symbolic link"), Volume([str(tmp_path / "link")]):
        pass


def test_a_stream_is_taken_in_portions() -> None:
    stream = Stream(iter([b"ab", b"", b"cdef", b"g"]))

    assert stream.peek(3) == b"abc"
    assert stream.take(1) == b"a"
    assert b"".join(stream.portion(4)) == b"bcde"
    assert b"".join(stream.rest()) == b"fg"
    assert stream.peek(1) == b""
    with pytest.raises(ValueError, match=r"^is cut short: it ends in the middle$"):
        stream.take(1)
    with pytest.raises(ValueError, match=r"^is cut short: it ends in the middle$"):
        list(stream.portion(1))
