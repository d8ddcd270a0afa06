"""Peers that fetch the same files turn by turn, and how modellock stands among them."""

import os
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.harness import GIGABYTE, MEGABYTE, Ended, Figure
from tests.benchmarks.peers import Peer, modellock
from tests.benchmarks.served import Repository, served

MEMORY = 150.0
"""Megabytes that modellock may take."""

Entrant = Callable[[Repository, str], Peer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is fetched, by whom, and how much faster than each peer modellock is to be."""

    what: str
    source: str
    """The folder with the files."""

    least: Mapping[Entrant, float | None]
    """Times the speed of the peer; None where it is only shown."""

    directives: str = ""
    """More of nginx's."""

    rounds: int = 3

    def hold(self, where: str) -> list[Figure]:
        """Let all fetch in turn, into a folder below `where`."""
        with (
            tempfile.TemporaryDirectory(dir=where) as folder,
            served(self.source, os.path.join(folder, "nginx"), self.directives) as repository,
        ):
            entrants = [modellock, *self.least]
            peers = [
                entrant(repository, os.path.join(folder, str(number)))
                for number, entrant in enumerate(entrants)
            ]
            turns = [[_run(peer) for peer in peers] for _ in range(self.rounds)]
            columns = list(zip(*turns, strict=True))
            return self._figures(peers, columns, repository.size)

    def _figures(
        self, peers: Sequence[Peer], columns: Sequence[Sequence[Ended | None]], size: int
    ) -> list[Figure]:
        ours, *theirs = ([ended for ended in column if ended is not None] for column in columns)
        peak = max(ended.peak for ended in ours) / MEGABYTE
        return [
            Figure(
                what=f"{self.what}, {peers[0].name}",
                value=_median(ours),
                unit=" s",
                note=_words(ours, size),
            ),
            *(
                Figure(
                    what=f"  against {peer.name}",
                    value=_median(runs) / _median(ours),
                    unit=" x",
                    at_least=least,
                    note=_words(runs, size),
                )
                for peer, runs, least in zip(peers[1:], theirs, self.least.values(), strict=True)
                if runs
            ),
            Figure(what="  peak memory", value=peak, unit=" MB", at_most=MEMORY, is_exact=True),
        ]


def _run(peer: Peer) -> Ended | None:
    if peer.is_installed:
        return peer.run()
    print(f"{peer.name} left out: it is not installed")
    return None


def _median(runs: Sequence[Ended]) -> float:
    return statistics.median(ended.seconds for ended in runs)


def _words(runs: Sequence[Ended], size: int) -> str:
    seconds, cpu = _median(runs), statistics.median(ended.cpu for ended in runs)
    peak = max(ended.peak for ended in runs)
    return (
        f"{seconds:.2f} s, {size / MEGABYTE / seconds:.0f} MB/s, "
        f"CPU {cpu:.2f} s ({cpu * GIGABYTE / size:.2f} s/GB), {peak / MEGABYTE:.0f} MB"
    )
