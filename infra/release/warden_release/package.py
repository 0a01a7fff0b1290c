"""Puts a release together from binaries, whoever built them."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warden_release import crates
from warden_release.layout import (
    COMMAND,
    FUNCTIONS,
    PLATFORMS,
    ROOT,
    SUMS,
    TEMPLATE,
    Platform,
    command_archive,
    function_zip,
    version,
)
from warden_release.notes import notes
from warden_release.pack import BEST, PLAIN, PROGRAM, sums, tarred, zipped
from warden_release.template import packaged

# Scripts and papers that a release holds as they are.
SCRIPTS = (ROOT / "infra" / "release" / "install.sh",)
POLICIES = sorted((ROOT / "docs").glob("*-policy.json"))
CHECK = ROOT / "infra" / "check"
# For the functions, whose zips hold nothing but the program; the command's archive has it too.
LICENCES = "LICENSES-OF-CRATES"


class Release:
    """A folder that is filled step by step; `close` adds what speaks of all of it."""

    def __init__(self, folder: Path, data: Mapping[str, Any], level: int = BEST) -> None:
        self.folder, self.data, self.level = folder, data, level
        self.licences = crates.licences(data).encode()
        self.version = version()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def add_functions(self, architecture: str, binaries: Mapping[str, Path]) -> None:
        for function in FUNCTIONS:
            content = zipped({"bootstrap": (binaries[function].read_bytes(), PROGRAM)}, self.level)
            (self.folder / function_zip(function, architecture)).write_bytes(content)

    def add_command(self, platform: Platform, binary: Path, manuals: Path | None) -> None:
        files = {
            COMMAND: (binary.read_bytes(), PROGRAM),
            "LICENSE": ((ROOT / "LICENSE").read_bytes(), PLAIN),
            LICENCES: (self.licences, PLAIN),
        }
        for file in sorted(manuals.rglob("*")) if manuals else ():
            if file.is_file():
                files[file.relative_to(manuals).as_posix()] = (file.read_bytes(), PLAIN)
        inside = {f"{COMMAND}-{self.version}/{name}": file for name, file in files.items()}
        (self.folder / command_archive(platform)).write_bytes(tarred(inside, self.level))

    def close(self) -> None:
        """Template, scripts, notes, bill of materials, and the sums of everything."""
        template = packaged(TEMPLATE.read_text(), self.version, self.prefix())
        (self.folder / "ses-warden.template.yaml").write_text(template)
        for script in SCRIPTS:
            shutil.copy(script, self.folder)
        for policy in POLICIES:
            shutil.copy(policy, self.folder)
        (self.folder / "aws-check.pyz").write_bytes(check_program())
        (self.folder / LICENCES).write_bytes(self.licences)
        (self.folder / "NOTES.md").write_text(notes((ROOT / "CHANGELOG.md").read_text(), self.version))
        bill = json.dumps(crates.bill(self.data, self.version), indent=1)
        (self.folder / "ses-warden.cdx.json").write_text(f"{bill}\n")
        (self.folder / SUMS).write_text(sums(self.folder))

    def prefix(self) -> str:
        """Where the zips lie in a bucket. Other code lies elsewhere, so that an update sees it."""
        content = b"".join(zip_.read_bytes() for zip_ in sorted(self.folder.glob("*.zip")))
        return f"ses-warden/{self.version}-{hashlib.sha256(content).hexdigest()[:12]}/"


def check_program() -> bytes:
    """`make aws-check` as one file that Python runs."""
    sources = {file: (file.read_bytes(), PLAIN) for file in sorted(CHECK.rglob("*.py"))}
    files = {file.relative_to(CHECK).as_posix(): content for file, content in sources.items()}
    files["__main__.py"] = (b"from warden_check.__main__ import main\n\nmain()\n", PLAIN)
    return b"#!/usr/bin/env python3\n" + zipped(files)


def data() -> dict:
    return crates.metadata(platform.triple for platform in PLATFORMS.values())
