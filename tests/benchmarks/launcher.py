"""Runs a command, its output discarded, and prints what it took: seconds, CPU seconds, peak.

A program of its own, and a small one: Linux counts the peak of whoever starts a process as that of
the process (exec_mmap in fs/exec.c), and a benchmark with a server in it is larger than its peers.
"""

import json
import os
import sys
import time

started = time.perf_counter()
child = os.posix_spawnp(
    sys.argv[1],
    sys.argv[1:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - started
if status != 0:
    sys.exit(os.waitstatus_to_exitcode(status))
# Linux counts kilobytes, macOS bytes (getrusage(2) of each).
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak": peak}))
