import pytest

from modellock.decisions.formats import Codec, codec_of, is_tar, is_zip, unpacked_name


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        (b"\x1f\x8b\x08\x00", Codec.GZIP),
        (b"\x28\xb5\x2f\xfd\x24", Codec.ZSTD),
        (b"\x50\x2a\x4d\x18\x04", Codec.ZSTD),
        (b"\x5f\x2a\x4d\x18\x04", Codec.ZSTD),
        (b"\xfd7zXZ\x00\x00", Codec.XZ),
        (b"BZh91AY&SY", Codec.BZIP2),
        (b"BZh1\x17rE8P\x90", Codec.BZIP2),
        (b"BZh9 is how a text may begin", None),
        (b"\x1f\x8b\x00", None),
        (b"\x60\x2a\x4d\x18", None),
        (b"GGUF", None),
        (b"", None),
    ],
)
def test_a_codec_is_told_by_the_first_bytes(head: bytes, codec: Codec | None) -> None:
    assert codec_of(head) is codec


def test_a_zip_archive_is_told_by_its_first_record() -> None:
    assert is_zip(b"PK\x03\x04\x14")
    assert is_zip(b"PK\x05\x06" + bytes(18))
    assert not is_zip(b"MZ\x90 a program with an archive behind it")


def test_a_tar_archive_is_told_by_the_checksum_of_its_first_header() -> None:
    header = bytearray(512)
    header[:1] = b"a"
    header[148:156] = b"%06o\0 " % (ord("a") + 8 * 32)

    assert is_tar(bytes(header))
    assert not is_tar(bytes(header[:511]))
    assert not is_tar(bytes(512))
    assert not is_tar(b"x" + bytes(header[1:]))


@pytest.mark.parametrize(
    ("path", "codec", "name"),
    [
        ("model.onnx.gz", Codec.GZIP, "model.onnx"),
        ("de/model.onnx.ZST", Codec.ZSTD, "de/model.onnx"),
        ("model.bin.xz", Codec.XZ, "model.bin"),
        ("model.bin.bz2", Codec.BZIP2, "model.bin"),
        ("model.bin.xz", Codec.GZIP, "model.bin.xz"),
        ("model.bin", Codec.GZIP, "model.bin"),
        (".gz", Codec.GZIP, ".gz"),
        ("de/.gz", Codec.GZIP, "de/.gz"),
    ],
)
def test_a_single_file_loses_the_ending_of_its_codec(path: str, codec: Codec, name: str) -> None:
    assert unpacked_name(path, codec) == name
