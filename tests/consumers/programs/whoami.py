"""Print what this process may do: an answer that shows whether the others mean anything."""

import json
import os
import socket
import sys


def main() -> None:
    (tree,) = sys.argv[1:]
    print(
        json.dumps(
            {
                "root": os.getuid() == 0,
                "writes": os.access(tree, os.W_OK) or os.access(os.path.expanduser("~"), os.W_OK),
                "hosts": reaches_a_host(),
            }
        )
    )


def reaches_a_host() -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", int(os.environ["PORT"]))) == 0


main()
