"""A line that gives each connection a share: nginx with `limit_rate`."""

import os
import tempfile

from tests.benchmarks import peers
from tests.benchmarks.contest import Contest
from tests.benchmarks.harness import MEGABYTE, Figure
from tests.benchmarks.served import write_files

RATE = 8 * MEGABYTE
"""Bytes a second of each connection."""

SIZE = 30 * RATE


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source")
        write_files(source, 1, SIZE)
        contest = Contest(
            what=f"1 file of {SIZE // MEGABYTE} MB, {RATE // MEGABYTE} MB/s a connection",
            source=source,
            least={peers.hf_download: 6.0, peers.aria2c: None},
            directives=f"limit_rate {RATE};",
            rounds=1,
        )
        return contest.hold(folder)
