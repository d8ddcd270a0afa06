import pytest

from modellock.sources.checksums import (
    Checksum,
    companions,
    lists_a_release,
    parse_checksums,
    sha256_of,
)
from modellock.values.digest import Digest

ONE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OTHER = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
MD5 = "098f6bcd4621d373cade4e832627b4f6"


def checksum(name: str | None, value: str = ONE) -> Checksum:
    return Checksum(name, Digest("sha256", value))


@pytest.mark.parametrize(
    "line",
    [
        f"{ONE}  model.bin",
        f"{ONE} *model.bin",
        f"{ONE}\tmodel.bin",
        f"{ONE.upper()}  model.bin",
        f"{ONE}  ./dist/model.bin",
        f"{ONE} *dist\\model.bin",
        f"SHA256 (model.bin) = {ONE}",
        f"SHA256(dist/model.bin)= {ONE}",
        f"  {ONE}  model.bin  ",
    ],
)
def test_a_line_gives_a_name_and_a_digest(line: str) -> None:
    assert parse_checksums(line) == (checksum("model.bin"),)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# sha256 of everything",
        f"{MD5}  model.bin",
        f"{ONE}{ONE}  model.bin",
        f"MD5 (model.bin) = {MD5}",
        f"SHA3-256 (model.bin) = {ONE}",
        f"model.bin: {ONE}",
        "Hash: SHA256",
    ],
)
def test_a_line_that_is_no_sha256_is_passed_over(line: str) -> None:
    assert parse_checksums(line) == ()


def test_a_file_from_windows_reads_like_any_other() -> None:
    text = f"\ufeff{ONE}  model.bin\r\n{OTHER}  vocab.txt\r\n"

    assert parse_checksums(text) == (checksum("model.bin"), checksum("vocab.txt", OTHER))


def test_what_is_signed_counts_and_the_signature_does_not() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
        f"{ONE}  model.bin\n"
        f"-----BEGIN PGP SIGNATURE-----\n\n{OTHER}\n-----END PGP SIGNATURE-----\n"
    )

    assert parse_checksums(text) == (checksum("model.bin"),)


def test_an_escaped_name_is_unescaped() -> None:
    assert parse_checksums(rf"\{ONE}  two\nlines") == (checksum("two\nlines"),)


def test_a_lone_digest_has_no_name() -> None:
    assert parse_checksums(f"{ONE}\n") == (checksum(None),)


@pytest.mark.parametrize(
    "name",
    [
        "SHA256SUMS",
        "SHA256SUMS.txt",
        "sha256sum.txt",
        "checksums.txt",
        "whisper_1.4_checksums.txt",
        "whisper-1.4-SHA256SUMS",
        "checksums_sha256.txt",
        "checksums.sha256",
    ],
)
def test_a_file_with_such_a_name_lists_a_release(name: str) -> None:
    assert lists_a_release(name)


@pytest.mark.parametrize("name", ["model.bin", "SHA512SUMS", "md5sums.txt", "model.bin.sha256"])
def test_a_file_with_another_name_does_not(name: str) -> None:
    assert not lists_a_release(name)


def test_one_asset_may_have_a_checksum_file_of_its_own() -> None:
    assert "model.bin.sha256" in companions("model.bin")


def test_what_several_lines_agree_on_is_the_answer() -> None:
    listed = [checksum("model.bin"), checksum("model.bin"), checksum("vocab.txt", OTHER)]

    assert sha256_of("model.bin", listed) == Digest("sha256", ONE)


def test_an_asset_that_nobody_lists_has_no_answer() -> None:
    assert sha256_of("model.bin", [checksum("vocab.txt", OTHER)]) is None


def test_two_directories_with_a_file_of_one_name_disagree() -> None:
    listed = parse_checksums(f"{ONE}  a/model.bin\n{OTHER}  b/model.bin\n")

    with pytest.raises(ValueError, match=f"disagree: sha256:{OTHER} and sha256:{ONE}"):
        sha256_of("model.bin", listed)
