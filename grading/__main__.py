"""Starts command.py, and ends it in one line: on errors in the input, and on Ctrl-C, even while modules load."""

import os
import sys

try:
    from grading import command

    command.main(command.parser().parse_args())
except (ValueError, OSError) as error:
    sys.exit(str(error))
except KeyboardInterrupt:
    os.write(2, b"\nstopped; what was finished before is kept\n")
    sys.exit(130)
