"""`python -m local_aws.why`, and the console script `why-403`."""

import os
import sys


def main() -> int:
    try:
        from local_aws.why.command import run
    except ModuleNotFoundError as error:
        print(f"why-403 needs {error.name}: install the extra local-aws, which brings it.", file=sys.stderr)
        return 2
    try:
        return run()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as head, has what it wanted
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
