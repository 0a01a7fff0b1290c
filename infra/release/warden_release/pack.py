"""Zips and archives that are the same bytes each time: no clock, no owner, one order."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

# The first second that a zip can name.
MOMENT = (1980, 1, 1, 0, 0, 0)
SECONDS = 315_532_800
PROGRAM, PLAIN = 0o755, 0o644
BEST, QUICK = 9, 1


def zipped(files: Mapping[str, tuple[bytes, int]], level: int = BEST) -> bytes:
    """A zip of files, each with its mode."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever this machine is: Lambda reads the mode.
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content, compresslevel=level)
    return packed.getvalue()


def tarred(files: Mapping[str, tuple[bytes, int]], level: int = BEST) -> bytes:
    """A gzipped tar of files, each with its mode."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), mode, SECONDS
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), compresslevel=level, mtime=0)


def sums(folder: Path) -> str:
    """The lines of SHA256SUMS, as ``sha256sum`` writes and checks them."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
