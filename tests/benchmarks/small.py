"""Five thousand small files, which cost requests and hardly bytes."""

import tempfile

from tests.benchmarks import peers
from tests.benchmarks.contest import Contest
from tests.benchmarks.harness import Figure
from tests.benchmarks.memory_disk import memory_disk
from tests.benchmarks.served import write_files

FILES = 5000
SIZE = 4096


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as source:
        write_files(source, FILES, SIZE)
        contest = Contest(
            what=f"{FILES:,} files of 4 KB",
            source=source,
            least={
                peers.curl_at_once: 0.2,
                peers.hf_download: 4.0,
                peers.pooch: 1.0,
                peers.aria2c: 1.0,
            },
        )
        return contest.hold(memory_disk(FILES * SIZE * 4))
