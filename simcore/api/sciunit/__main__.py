"""python -m simcore.api.sciunit: the command `sciunit`."""

import sys

from simcore.validation.inicommand import main

if __name__ == "__main__":
    sys.exit(main())
