"""`python -m modellock` is the command `modellock`."""

import sys

from modellock.cli import main

if __name__ == "__main__":
    sys.exit(main())
