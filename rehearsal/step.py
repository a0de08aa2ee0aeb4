"""`python -m rehearsal.step STEP` runs a step as `python -m infra STEP` does, but sends its calls to the local AWS."""

import os
import sys

from infra.__main__ import main
from rehearsal.connect_to import ConnectTo

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], ConnectTo(os.environ["AWS_ENDPOINT_URL"])))
