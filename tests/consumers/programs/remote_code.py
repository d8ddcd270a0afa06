"""Run a model whose code is its repository's or another one's: `remote_code.py ID`."""

import json
import sys

import torch
from transformers import AutoModel


def main() -> None:
    (name,) = sys.argv[1:]
    model = AutoModel.from_pretrained(name, trust_remote_code=True)
    print(json.dumps(model(torch.zeros(1)).tolist()))


main()
