"""Save another model over one in a folder: `save.py MODEL FOLDER`."""

import sys

from transformers import AutoModelForCausalLM


def main() -> None:
    model, folder = sys.argv[1:]
    AutoModelForCausalLM.from_pretrained(model).save_pretrained(folder)
    print("null")


main()
