"""A real web server for what must not be judged by a server of our own."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.waiting import LONG, port_of_nobody

# One process that stays in the foreground: it is stopped by its own process id, and it reads
# what its user may read, where workers started by root would not.
CONFIGURATION = """
daemon off;
master_process off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {work}/access.log;
    sendfile on;
    tcp_nopush on;
    default_type application/octet-stream;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    {around}
    server {{
        listen 127.0.0.1:{port};
        root {root};
        {directives}
    }}
}}
"""


@contextmanager
def nginx(root: str, work: str, *, directives: str = "", around: str = "") -> Iterator[str]:
    """Serve the folder `root`; yields its URL without a final slash; logs go to `work`.

    `directives` are more of them for the server, `around` for what is around it.
    """
    os.makedirs(work, exist_ok=True)
    path = os.path.join(work, "nginx.conf")
    with port_of_nobody() as port:
        with open(path, "w", encoding="utf-8") as file:
            places = {"work": work, "root": root, "port": port}
            file.write(CONFIGURATION.format(**places, directives=directives, around=around))
        process = subprocess.Popen(["nginx", "-p", work, "-c", path], stdin=subprocess.DEVNULL)
        try:
            wait_until_listening(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Return once `process` takes connections; RuntimeError when it ends or does not in time."""
    deadline = time.monotonic() + LONG
    while process.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} does not listen on port {port}")
