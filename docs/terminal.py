"""Draws docs/terminal.svg: real commands on a real terminal, against embedded services.

What would differ from one run to the next is left out: times, ports, directories. So the picture
changes when what modellock prints does, and not before.
"""

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from modellock.testing import EmbeddedHub, Lie, demo_hub, demo_upstream_change

PICTURE = Path(__file__).with_suffix(".svg")
MIRROR = "https://mirror.example"

MODELS = """\
[models.minilm]
hub = "acme/minilm"
include = ["*.json", "model.safetensors", "vocab.txt"]

[models.detector]
hub = "acme/detector"
version = ">=1.0,<2"
"""

TIMES = re.compile(r";? ?(resolved )?in \d[\d.]* m?s(; last full hash [\w ]+)?|, [\w ]+ old(?=\))")
"""How long something took, and how long ago something was."""

_COLUMNS = 100
_CHUNK = 1 << 16
_BACKGROUND, _TEXT = (22, 27, 34), (230, 237, 243)
_COLORS = [
    (72, 79, 88),  # black, red, green, yellow, blue, magenta, cyan, white
    (255, 123, 114),
    (63, 185, 80),
    (210, 153, 34),
    (88, 166, 255),
    (188, 140, 255),
    (57, 197, 207),
    (177, 186, 196),
]
# Without rich's web fonts: a picture in a README may load nothing.
_FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" xml:space="preserve">
<style>
.{unique_id}-matrix {{
  font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
.{unique_id}-title {{ font: 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def transcript() -> str:
    """What the terminal shows, colors as ANSI sequences."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedHub() as hub, EmbeddedHub() as mirror:
        for service in (hub, mirror):
            demo_hub(service)
        mirror.lies.add("model.safetensors", Lie.WRONG_BYTES)
        Path(folder, "models.toml").write_text(MODELS, encoding="utf-8")
        shown = "\n".join(_scenes(folder, hub, mirror.url)).replace(mirror.url, MIRROR)
    return TIMES.sub("", shown)


def draw(shown: str) -> str:
    """The picture, as SVG."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=_COLUMNS,
        color_system="standard",
        force_terminal=True,
        legacy_windows=False,
    )
    for line in Text.from_ansi(shown).split():
        # As a terminal wraps: at its edge, in the middle of a word.
        for piece in line.divide(range(_COLUMNS, len(line), _COLUMNS)):
            console.print(piece, no_wrap=True)
    return console.export_svg(
        title="modellock",
        theme=TerminalTheme(_BACKGROUND, _TEXT, _COLORS),
        code_format=_FORMAT,
        unique_id="terminal",
    )


def _scenes(folder: str, hub: EmbeddedHub, mirror: str) -> Iterator[str]:
    yield _typed("cat models.toml", folder)
    yield _typed("modellock lock", folder, hub.url)
    yield _typed("modellock sync", folder, hub.url)
    yield _typed("modellock sync", folder, hub.url)
    demo_upstream_change(hub)
    yield _typed("modellock update minilm --dry-run", folder, hub.url)
    # Another machine, which has nothing yet but what is committed.
    os.mkdir(elsewhere := os.path.join(folder, "elsewhere"))
    for name in ("models.toml", "models.lock"):
        shutil.copy(os.path.join(folder, name), elsewhere)
    yield _typed(f"HF_ENDPOINT={mirror} modellock sync --model minilm", elsewhere)


def _typed(command: str, folder: str, hub: str = "") -> str:
    """A prompt, the command, and what it prints on a terminal."""
    screen, terminal = pty.openpty()
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env=_environ(folder, hub),
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        printed = b"".join(_read(screen)).decode().replace("\r\n", "\n")
    ended = f"[exit {process.returncode}]\n" if process.returncode else ""
    return f"\x1b[1m$ {command}\x1b[0m\n{printed}{ended}"


def _read(screen: int) -> Iterator[bytes]:
    with open(screen, "rb", buffering=0) as file:
        try:
            while chunk := file.read(_CHUNK):
                yield chunk
        except OSError:
            # Linux says EIO where others say end of file: nobody is left who could print.
            return


def _environ(folder: str, hub: str) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
        "HOME": folder,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "HF_ENDPOINT": hub,
        "NO_PROXY": "127.0.0.1,127.0.0.2",
        "MODELLOCK_NO_PROGRESS": "1",
    }


if __name__ == "__main__":
    PICTURE.write_text(draw(transcript()), encoding="utf-8")
