"""`callguard` and `python -m callguard`."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line on this process's arguments and return its exit status: 0 yes, 1 no, 2 not answered."""
    from callguard.cli.words import Words, language

    for module in ("click", "rich"):
        try:
            __import__(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            sys.stderr.write(Words(language(sys.argv[1:], os.environ))("missing-extra") + "\n")
            return 2
    from callguard.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
