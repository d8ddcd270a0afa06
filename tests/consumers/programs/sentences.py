"""Encode a sentence with a model of a cache: `sentences.py ID [REVISION]`."""

import json
import sys

from sentence_transformers import SentenceTransformer


def main() -> None:
    name, *revision = sys.argv[1:]
    model = SentenceTransformer(name, device="cpu", revision=revision[0] if revision else None)
    print(json.dumps([float(value) for value in model.encode("hello world")[:4]]))


main()
