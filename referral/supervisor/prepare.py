"""Run several `flask` command lines in one process: importing the application is most of each one's time."""

import shlex
import sys

from flask.cli import FlaskGroup


def run(lines: list[str]) -> int:
    """Run the lines, such as `db upgrade`, in turn; return the first exit code that is not 0, else 0."""
    for line in lines:
        try:
            FlaskGroup(name="flask").main(args=["--app", "app", *shlex.split(line)], prog_name="flask")
        except SystemExit as end:
            if end.code:
                return end.code if isinstance(end.code, int) else 1
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
