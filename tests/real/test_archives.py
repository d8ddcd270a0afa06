"""Archives that real programs make, locked and synced by the command."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.command import clean_environment, modellock
from tests.real.programs import program

pytestmark = pytest.mark.real

FILES = {
    "weights.bin": os.urandom(3_000_000),
    "zeros.bin": bytes(2_000_000),
    "sub/tokenizer.json": b"{}",
    "späße.txt": b"text",
    "d" * 60 + "/" + "x" * 90: b"long",
    "empty": b"",
}
TABLE = '[models.small]\nlocal = "origin"\nunpack = true\nexclude = ["tree/"]\n'

TREES = [
    "tar cf m.tar -C tree .",
    "tar --format=ustar -cf m.tar -C tree .",
    "tar --format=pax -cf m.tar -C tree .",
    "tar --format=gnu -cf m.tar -C tree .",
    "tar czf m.tar.gz -C tree .",
    "tar cJf m.tar.xz -C tree .",
    "tar cjf m.tar.bz2 -C tree .",
    "tar --zstd -cf m.tar.zst -C tree .",
    "tar cf - -C tree . | gzip -9 > m.tgz",
    "tar cf - -C tree . | xz -9e -T2 --block-size=100000 > m.tar.xz",
    "tar cf - -C tree . | zstd -q -19 -T2 > m.tar.zst",
    "tar cf - -C tree . | zstd -q --long=26 > m.tar.zst",
    "cd tree && zip -qr ../m.zip .",
    "cd tree && zip -qr0 ../m.zip .",
    "cd tree && zip -qr - . | cat > ../m.zip",
    "cd tree && LC_ALL=C.UTF-8 zip -qrX ../m.zip .",
    "cd tree && zip -qr -fz ../m.zip .",
]
ONES = [
    ("gzip -c", "weights.bin.gz"),
    ("gzip -n9c", "weights.bin.gz"),
    ("zstd -qc", "weights.bin.zst"),
    ("zstd -qc --no-check -1", "weights.bin.zst"),
    ("xz -c", "weights.bin.xz"),
    ("xz -9c --check=sha256", "weights.bin.xz"),
    ("bzip2 -c", "weights.bin.bz2"),
]


class Origin:
    """A project whose one model is a directory with archives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin"
        self.origin.mkdir()
        for path, content in FILES.items():
            file = self.origin / "tree" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def make(self, command: str) -> None:
        """Run a line of shell where the tree is; its programs must be there."""
        subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=self.origin, check=True)

    def synced(self) -> dict[str, str]:
        """Lock, sync, and hash what is placed."""
        (self.folder / "models.toml").write_text(TABLE)
        modellock("lock", folder=self.folder)
        modellock("sync", folder=self.folder)
        placed = self.folder / "models" / "small"
        return {
            path.relative_to(placed).as_posix(): sha256(path.read_bytes())
            for path in placed.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    for name in ("bash", "tar", "gzip", "xz", "bzip2", "zstd", "zip", "split"):
        program(name)
    return Origin(tmp_path)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("command", TREES)
def test_a_tree_comes_out_of_whatever_made_the_archive(command: str, origin: Origin) -> None:
    origin.make(command)

    assert origin.synced() == {path: sha256(content) for path, content in FILES.items()}


@pytest.mark.parametrize(("command", "name"), ONES)
def test_a_single_file_comes_out_of_whatever_packed_it(
    command: str, name: str, origin: Origin
) -> None:
    origin.make(f"{command} tree/weights.bin > {name}")

    assert origin.synced() == {"weights.bin": sha256(FILES["weights.bin"])}


def test_an_archive_that_was_cut_comes_together_again(origin: Origin) -> None:
    origin.make(
        "tar --zstd -cf m.tar.zst -C tree . && gzip -c m.tar.zst > whole.gz && rm m.tar.zst"
    )
    origin.make("tar czf - -C tree . | split -b 500k - ../m.tar.gz.part-")
    parts = sorted(path.name for path in origin.folder.glob("m.tar.gz.part-*"))
    assert parts[:2] == ["m.tar.gz.part-aa", "m.tar.gz.part-ab"]

    # Only GitHub and URLs have parts: a directory of this machine can be joined by hand.
    served = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"],
        cwd=origin.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**clean_environment(), "PYTHONUNBUFFERED": "1"},
        text=True,
    )
    try:
        assert served.stdout is not None
        port = served.stdout.readline().split()[5]
        url = f"http://127.0.0.1:{port}/m.tar.gz.part-aa"
        (origin.folder / "models.toml").write_text(
            f'[models.small]\nurl = "{url}"\njoin = true\nunpack = true\n'
        )
        told = json.loads(modellock("lock", "--json", folder=origin.folder).stdout)
    finally:
        served.kill()
        served.communicate()

    assert told["files"] == len(FILES)
    modellock("--offline", "sync", folder=origin.folder)
    placed = origin.folder / "models" / "small" / "weights.bin"
    assert placed.read_bytes() == FILES["weights.bin"]


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("ln -s /etc/passwd tree/link && tar cf m.tar -C tree .", "is a symbolic link"),
        ("ln tree/empty tree/hard && tar cf m.tar -C tree .", "is a hard link"),
        ("mkfifo tree/pipe && tar cf m.tar -C tree .", "is a named pipe"),
        ("chmod u+s tree/empty && tar cf m.tar -C tree .", "has a setuid or setgid bit"),
        ("truncate -s 9M tree/holes && tar cSf m.tar -C tree .", "is a sparse file"),
        (
            "truncate -s 9M tree/holes && tar --format=pax -cSf m.tar -C tree .",
            "is a sparse file",
        ),
        ("tar cPf m.tar $PWD/tree", "has an empty segment"),
        ("cd tree/sub && tar cPf ../../m.tar ../empty", "has the segment '..'"),
        ("cd tree && ln -s empty link && zip -qry ../m.zip .", "is a symbolic link"),
        ("cd tree && zip -qr -P secret ../m.zip .", "is encrypted"),
        ("tar cf m.tar -C tree . && truncate -s 1M m.tar", "is cut short"),
        ("tar czf m.tgz -C tree . && echo more >> m.tgz", "has something else behind"),
        ("tar cf - -C tree . | zstd -q --long=27 --ultra -22 > m.tzst", "needs more memory"),
        ("xz -c --lzma2=dict=128MiB tree/zeros.bin > m.xz", "needs more memory"),
        ("cd tree && zip -qr ../m.zip . && echo >> ../m.zip", "has something else behind its end"),
    ],
)
def test_what_could_harm_is_refused(command: str, fault: str, origin: Origin) -> None:
    origin.make(command)
    (origin.folder / "models.toml").write_text(TABLE)

    ended = modellock("lock", folder=origin.folder, code=2)

    assert ended.stderr.startswith("error: small/m.")
    assert fault in ended.stderr
