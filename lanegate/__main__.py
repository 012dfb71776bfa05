"""`python -m lanegate` is `lanegate`."""

import sys

from lanegate.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
