"""What a command has to say when it is done."""


class Answer:
    """One result, for a person and for a program."""

    __slots__ = ("code", "data", "document", "text")

    def __init__(
        self, document: dict[str, object], text: str, *, code: int = 0, data: bool = False
    ) -> None:
        self.document = document
        """Its keys beside `schema`, `command` and `ok`."""
        self.text = text
        """Lines for a person, without the final newline."""
        self.code = code
        self.data = data
        """Whether the text is what was asked for, not news of it: then `--quiet` prints it too."""
