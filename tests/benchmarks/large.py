"""Large files: a single one, which has all connections, and several, which have one each.

In memory, where programs differ, and on the disk, which is what most of them wait for.
"""

import os
import tempfile

from tests.benchmarks import peers
from tests.benchmarks.contest import Contest
from tests.benchmarks.harness import GIGABYTE, MEGABYTE, Figure
from tests.benchmarks.memory_disk import memory_disk
from tests.benchmarks.served import write_files


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        one, eight = os.path.join(folder, "one"), os.path.join(folder, "eight")
        write_files(one, 1, 4 * GIGABYTE)
        write_files(eight, 8, 256 * MEGABYTE)
        single = Contest(
            what="1 file of 4 GB",
            source=one,
            least={
                peers.curl_to_file: 0.7,
                peers.curl_to_digest: 1.3,
                peers.hf_download: 1.0,
            },
        )
        several = Contest(
            what="8 files of 256 MB",
            source=eight,
            least={peers.curl_to_digest: 1.2},
        )
        on_disk = Contest(
            what="1 file of 4 GB, disk",
            source=one,
            least={peers.curl_to_disk: None},
            rounds=1,
        )
        where = memory_disk(6 * GIGABYTE)
        return [*single.hold(where), *several.hold(where), *on_disk.hold(folder)]
