"""Starts the local AWS: ``python -m warden_local.emulator LOG_FOLDER``.

Port and address come from ministack's own variables GATEWAY_PORT and BIND_HOST.
"""

import sys
from importlib.metadata import version
from pathlib import Path

from ministack.core import lambda_runtime

from warden_local.emulator import alarms, functions, permissions, queues, stacks, trail

MINISTACK = "1.5.33"


def main() -> None:
    found = version("ministack")
    if found != MINISTACK:
        sys.exit(f"ministack {found} is installed, but warden_local.emulator corrects {MINISTACK}.")
    alarms.correct()
    functions.correct(Path(sys.argv[1]))
    permissions.correct()
    queues.correct()
    stacks.correct()
    trail.correct(Path(sys.argv[1]))
    # ministack reads its own options from the command line, and its application on import.
    del sys.argv[1:]
    from ministack.app import main as serve

    try:
        serve()
    finally:
        # The functions are children of this process, which therefore has to reap them.
        lambda_runtime.reset()


if __name__ == "__main__":
    main()
