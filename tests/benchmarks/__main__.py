"""`python -m tests.benchmarks [NAME...]`: measure and print; a figure of time fails nothing."""

import sys
from collections.abc import Sequence

from tests.benchmarks import documents, large, limited, lock, small, startup, verify
from tests.benchmarks.harness import table

BENCHMARKS = {
    "startup": startup.measure,
    "documents": documents.measure,
    "lock": lock.measure,
    "large": large.measure,
    "small": small.measure,
    "limited": limited.measure,
    "verify": verify.measure,
}


def main(names: Sequence[str]) -> int:
    figures = []
    for name in names or BENCHMARKS:
        measured = BENCHMARKS[name]()
        print(f"\n{name}\n{table(measured)}", flush=True)
        figures.extend(measured)
    return 0 if all(figure.holds() or not figure.is_exact for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
