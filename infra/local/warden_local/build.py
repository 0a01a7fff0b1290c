"""Builds the binaries with cargo, which shows its own progress."""

import json
import shutil
import subprocess
from pathlib import Path

from warden_local import paths
from warden_local.problem import Problem
from warden_local.stack import FUNCTIONS

PACKAGES = (*FUNCTIONS, "local-ses", "ses-warden")


def build(*, quiet: bool = False) -> dict[str, Path]:
    """Returns the paths of the binaries by name, built as ``cargo test`` builds them."""
    if shutil.which("cargo") is None:
        raise Problem("cargo is not installed; see https://rustup.rs, the toolchain then comes by itself.")
    # The whole workspace: with fewer packages cargo would turn on fewer features of the AWS
    # crates, and compile them again for the tests.
    command = ["cargo", "build", "--workspace", "--bins", "--locked", "--message-format=json-render-diagnostics"]
    if quiet:
        command.append("--quiet")
    # cargo writes JSON to standard output; progress and errors go to the terminal.
    with subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE, text=True) as cargo:
        try:
            binaries = {
                message["target"]["name"]: Path(message["executable"])
                for message in map(json.loads, cargo.stdout)
                if message["reason"] == "compiler-artifact" and message.get("executable")
            }
        except BaseException:
            cargo.terminate()
            raise
    if cargo.returncode:
        raise Problem("The build failed; cargo says above why.")
    missing = [name for name in PACKAGES if name not in binaries]
    if missing:
        raise Problem(f"cargo built no binary named {', '.join(missing)}.")
    return binaries
