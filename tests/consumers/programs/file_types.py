"""Tell what a text is, with a model in a folder: `file_types.py FOLDER`."""

import json
import sys
from pathlib import Path

from magika import Magika

TEXT = b"import os\n\n\ndef main() -> None:\n    print(os.environ['HOME'])\n\n\nmain()\n"


def main() -> None:
    (folder,) = sys.argv[1:]
    found = Magika(model_dir=Path(folder)).identify_bytes(TEXT)
    print(json.dumps(str(found.output.label)))


main()
