"""The command line: ``python -m lib --help``."""

import argparse
import difflib
import os
import sys

from lib import recorded
from lib.compare import summary
from lib.studies import STUDIES


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m lib", description="Run the course's long experiments.")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="run a recorded experiment and write results/NAME.csv")
    record.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(STUDIES)}")
    record.add_argument("--jobs", type=int, default=-1, help="processes; −1, the default, is one for each core")
    options = parser.parse_args(arguments)
    for name in options.names or STUDIES:
        if name not in STUDIES:
            near = difflib.get_close_matches(name, STUDIES) or STUDIES
            record.error(f"no recorded experiment is called {name!r}; try {', '.join(near)}")
    for name in options.names or STUDIES:
        table = recorded.record(name, STUDIES[name](), options.jobs)
        print(f"results/{name}.csv\n{summary(table)[['parameters', 'mean', 'low', 'high', 'seconds']].round(2)}\n")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        os.write(2, b"\nstopped; what is finished is kept, and the same command goes on from there\n")
        sys.exit(130)
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
