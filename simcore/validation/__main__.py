"""python -m simcore.validation."""

import sys

from simcore.validation.command import main

if __name__ == "__main__":
    sys.exit(main())
