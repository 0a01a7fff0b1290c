"""What a release consists of, and how its files are called."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
COMMAND = "ses-warden"
FUNCTIONS = ("suppress", "metrics", "guard")
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Platform:
    """One processor and system that binaries are built for."""

    architecture: str
    system: str
    # As rustc names it, and with the oldest glibc that the binary shall run with.
    triple: str
    glibc: str = ""

    @property
    def name(self) -> str:
        return f"{self.architecture}-{self.system}"


# glibc 2.17 is that of 2012: every Linux that still gets updates has it or a newer one, but Alpine,
# which has none. The functions, whose own system has 2.34, are built the same way, so that the two
# share most compiled crates.
LINUX = (
    Platform("arm64", "linux", "aarch64-unknown-linux-gnu", "2.17"),
    Platform("x86_64", "linux", "x86_64-unknown-linux-gnu", "2.17"),
)
MACOS = (
    Platform("arm64", "macos", "aarch64-apple-darwin"),
    Platform("x86_64", "macos", "x86_64-apple-darwin"),
)
PLATFORMS = {platform.name: platform for platform in (*LINUX, *MACOS)}


def version() -> str:
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def function_zip(function: str, architecture: str) -> str:
    return f"{function}-{architecture}.zip"


def command_archive(platform: Platform) -> str:
    """Without the version, so that install.sh and a link to the latest release need not know it."""
    return f"{COMMAND}-{platform.name}.tar.gz"
