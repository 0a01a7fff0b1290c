"""``python -m warden_release``: see --help."""

import argparse
import platform as machine
import subprocess
import sys
import tempfile
from pathlib import Path

from warden_release import build, package
from warden_release.layout import COMMAND, FUNCTIONS, LINUX, PLATFORMS, ROOT, Platform
from warden_release.pack import BEST, QUICK


def main() -> None:
    parser = argparse.ArgumentParser(prog="warden_release", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to fill; what is there goes")
    parser.add_argument(
        "--binaries", type=Path, metavar="FOLDER", help="package the binaries of FOLDER, built for this machine"
    )
    parser.add_argument(
        "--functions", nargs=2, action="append", metavar=("ARCHITECTURE", "FOLDER"), help="package functions that "
        "cargo lambda built into FOLDER, and no command",
    )
    parser.add_argument(
        "--command", nargs="*", choices=sorted(PLATFORMS), default=[platform.name for platform in LINUX],
        metavar="PLATFORM", help=f"build the command for these: {', '.join(PLATFORMS)}",
    )
    arguments = parser.parse_args()
    try:
        make(arguments)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} {error.cmd[1]} failed with status {error.returncode}; it says above why.")


def make(arguments: argparse.Namespace) -> None:
    # Binaries of this machine are for tests, and large.
    release = package.Release(arguments.out, package.data(), QUICK if arguments.binaries else BEST)
    if arguments.functions:
        for architecture, folder in arguments.functions:
            built = {function: Path(folder) / function / "bootstrap" for function in FUNCTIONS}
            release.add_functions(architecture, built)
    elif arguments.binaries:
        here = this_machine()
        release.add_functions(here.architecture, {name: arguments.binaries / name for name in FUNCTIONS})
        release.add_command(here, arguments.binaries / COMMAND, None)
    else:
        make_all(release, [PLATFORMS[name] for name in arguments.command])
    release.close()
    for file in sorted(arguments.out.iterdir()):
        print(f"{file.stat().st_size:>12,}  {file}")


def make_all(release: package.Release, commands: list[Platform]) -> None:
    for platform in LINUX:
        built = build.functions(platform)
        hold(built.values())
        release.add_functions(platform.architecture, built)
    with tempfile.TemporaryDirectory() as folder:
        build.manuals(Path(folder))
        for platform in commands:
            binary = build.command(platform)
            hold([binary])
            release.add_command(platform, binary, Path(folder))


def hold(binaries) -> None:
    """Nothing of this machine goes out."""
    for binary in binaries:
        if named := build.machine_paths(binary.read_bytes()):
            raise ValueError(f"{binary} names folders of this machine: {', '.join(named)}")


def this_machine() -> Platform:
    architecture = {"aarch64": "arm64", "amd64": "x86_64"}.get(machine.machine().lower(), machine.machine())
    system = {"Linux": "linux", "Darwin": "macos"}.get(machine.system(), machine.system())
    found = PLATFORMS.get(f"{architecture}-{system}")
    if not found:
        raise ValueError(f"There is no release for {architecture} and {system}.")
    return found


if __name__ == "__main__":
    main()
