"""The two streams: results on stdout, everything else on stderr, in color where that helps."""

import os
import sys
from collections.abc import Mapping

from modellock.cli.answer import Answer
from modellock.cli.exits import exit_code, gravest_first
from modellock.cli.invocation import Invocation
from modellock.errors import ModellockError
from modellock.values.wording import visible

SCHEMA = 1
RED, YELLOW, CYAN = "1;31", "1;33", "36"


class Terminated(KeyboardInterrupt):
    """SIGTERM: everything that cleans up after Ctrl-C does so after it."""


class Terminal:
    """How one run talks."""

    def __init__(
        self,
        *,
        command: str | None = None,
        json: bool = False,
        events: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        colored: bool = False,
    ) -> None:
        self.command = command
        self.json = json
        self.events = events
        """Whether stderr is one JSON event a line."""
        self.quiet = quiet
        self.verbose = verbose
        self.colored = colored

    @staticmethod
    def before_parsing(command: str | None, *, json: bool, events: bool) -> "Terminal":
        """The terminal that refuses a command line of which no flag is known for certain yet."""
        colored = colors_wanted(None, os.environ, looked_at=is_terminal())
        return Terminal(command=command, json=json, events=events, colored=colored)

    @staticmethod
    def of(invocation: Invocation) -> "Terminal":
        """The terminal that flags and environment ask for."""
        return Terminal(
            command=invocation.command,
            json=invocation.on("json"),
            events=invocation.text("progress") == "json",
            quiet=invocation.on("quiet"),
            verbose=invocation.on("verbose"),
            colored=colors_wanted(invocation.text("color"), os.environ, looked_at=is_terminal()),
        )

    def answer(self, answer: Answer) -> int:
        """Print a result; returns what the process ends with."""
        if self.json:
            self._document({"ok": answer.code == 0, **answer.document})
        elif answer.data:
            write_data(answer.text)
        elif answer.text and not self.quiet:
            write_out(answer.text + "\n")
        return answer.code

    def fail(self, error: ModellockError, *, code: int | None = None) -> int:
        """Print a failure, or several; returns what the process ends with."""
        errors = gravest_first(error)
        if self.json:
            reports = [error_document(each) for each in errors]
            self._document({"ok": False, "error": reports[0], "errors": reports})
        for each in errors:
            self._tell(each)
        return exit_code(error) if code is None else code

    def _tell(self, error: ModellockError) -> None:
        if self.events:
            write_err(one_line({"event": "error", **error_document(error)}))
            return
        write_err(self.told("error", RED, str(error), error.hint))
        if self.verbose:
            write_err(f"code: {error.code}\n")

    def told(self, label: str, color: str, message: str, hint: str | None = None) -> str:
        """A labelled message: its first line, the others indented, and the hint; all inert."""
        first, *others = message.splitlines() or [""]
        lines = [f"{self.paint(label + ':', color)} {visible(first)}"]
        lines += [indented(line) for line in others]
        if hint:
            lines.append(f"{self.paint('hint:', CYAN)} {visible(' '.join(hint.splitlines()))}")
        return "\n".join(lines) + "\n"

    def can_redraw(self) -> bool:
        """Whether stderr shows moving bars."""
        return is_terminal() and os.environ.get("TERM") != "dumb"

    def paint(self, text: str, color: str) -> str:
        """The text in a color, where there are colors."""
        return f"\x1b[{color}m{text}\x1b[0m" if self.colored else text

    def _document(self, content: Mapping[str, object]) -> None:
        import json

        document = {"schema": SCHEMA, "command": self.command, **content}
        write_out(inert_json(json.dumps(document, indent=2)) + "\n")


def indented(line: str) -> str:
    """A further line of a message: at least two spaces, then inert text."""
    content = line.lstrip(" ")
    return " " * max(2, len(line) - len(content)) + visible(content)


def error_document(error: ModellockError) -> dict[str, object]:
    """A failure for a program; `code` is stable."""
    return {
        "code": error.code,
        "message": str(error),
        "hint": error.hint,
        "model": error.model,
    }


def one_line(event: Mapping[str, object]) -> str:
    """An event as one line of JSON."""
    import json

    return inert_json(json.dumps(event)) + "\n"


def inert_json(text: str) -> str:
    """The same document without a command that a runner would find in the middle of a line."""
    return text.replace("##", "#\\u0023")


def colors_wanted(choice: str | None, environ: Mapping[str, str], *, looked_at: bool) -> bool:
    """Whether a stream gets colors: by `--color`, NO_COLOR, FORCE_COLOR, or who looks at it."""
    if choice in ("always", "never"):
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return environ.get("TERM") != "dumb" and looked_at


def is_terminal() -> bool:
    """Whether a person looks at stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def write_out(text: str) -> None:
    """Write to stdout. Who reads it may stop at any time: `modellock status | head -1`."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise


def write_data(text: str) -> None:
    """Write what a program reads; a path that is no text arrives byte by byte."""
    lines = text and text + "\n"
    try:
        lines.encode()
    except UnicodeEncodeError:
        sys.stdout.buffer.write(os.fsencode(lines))
        lines = ""
    write_out(lines)


def write_err(text: str) -> None:
    """Write to stderr, whether or not anybody still listens."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr.fileno())


def _silence(descriptor: int) -> None:
    """Let the interpreter's own flush at exit succeed, which would else fail with a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def stop_on_sigterm() -> None:
    """From now on SIGTERM raises Terminated; before, it ends the process at once."""
    import signal

    def stop(number: int, frame: object) -> None:
        del number, frame
        raise Terminated

    signal.signal(signal.SIGTERM, stop)


def stop_no_more() -> None:
    """Let no signal interrupt what is left to say; a second Ctrl-C would end in a traceback."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def open_closed_streams() -> None:
    """A stream that was closed before the start (`>&-`) swallows what it gets.

    Else the next file that is opened would get its number, and whatever is written to that.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def never_fail_to_encode() -> None:
    """A name that a stream's encoding does not have is escaped, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
