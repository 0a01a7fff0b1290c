"""Compiles the binaries of a release with cargo-zigbuild, for other machines than this one."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from warden_release.layout import COMMAND, FUNCTIONS, ROOT, Platform


def functions(platform: Platform) -> dict[str, Path]:
    return compiled(platform, FUNCTIONS)


def command(platform: Platform) -> Path:
    """On its own: built together with the functions, cargo would give those the command's features."""
    return compiled(platform, (COMMAND,))[COMMAND]


def compiled(platform: Platform, packages: Sequence[str]) -> dict[str, Path]:
    add_target(platform.triple)
    target = platform.triple + (f".{platform.glibc}" if platform.glibc else "")
    cargo = ["cargo", "zigbuild", "--locked", "--release", "--target", target]
    for package in packages:
        cargo += ["--package", package, "--bin", package]
    subprocess.run(cargo, cwd=ROOT, env=environment(), check=True)
    return {package: target_folder() / platform.triple / "release" / package for package in packages}


def add_target(triple: str) -> None:
    """The standard library of the other machine, where rustup is what manages Rust."""
    asked = ["rustc", "--print", "target-libdir", "--target", triple]
    folder = subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    if not Path(folder).exists():
        subprocess.run(["rustup", "target", "add", triple], cwd=ROOT, check=True)


def manuals(folder: Path) -> None:
    """Manual pages and shell completions, written by a program of this machine."""
    # As the tests build it, so that nothing is compiled with other features once more.
    build = ["cargo", "build", "--locked", "--workspace", "--example", "manuals"]
    subprocess.run(build, cwd=ROOT, check=True)
    subprocess.run([target_folder() / "debug" / "examples" / "manuals", folder], check=True)


def target_folder() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def environment() -> dict[str, str]:
    """Ours, with flags that keep this machine's folders out of the binaries.

    What a panic says of its place then begins with one of these names, on every machine.
    """
    cargo_home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    sysroot = subprocess.run(
        ["rustc", "--print", "sysroot"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    # The last that fits counts: the sources lie within the cargo home.
    places = {ROOT: "/ses-warden", cargo_home: "/cargo", Path(sysroot): "/rust"}
    places |= {folder: "/crates" for folder in sorted(cargo_home.glob("registry/src/*"))}
    flags = [f"--remap-path-prefix={folder}={name}" for folder, name in places.items()]
    return {**os.environ, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags), "SOURCE_DATE_EPOCH": "315532800"}


def machine_paths(binary: bytes) -> list[str]:
    """This machine's folders that a binary names all the same."""
    folders = {str(ROOT), str(Path.home()), os.environ.get("CARGO_HOME", ""), os.environ.get("RUSTUP_HOME", "")}
    # A home of "/" or "/root" alone would be found in unrelated text.
    sought = {f"{folder.rstrip('/')}/" for folder in folders if folder.count("/") >= 1 and len(folder) > 1}
    return sorted(folder for folder in sought if folder.encode() in binary)
