"""Where local-ses listens, by its log: it takes any free port."""

from pathlib import Path

LISTENING = "listening on "


def log_of(logs: Path) -> Path:
    return logs / "local-ses.log"


def address_in(logs: Path) -> str | None:
    """Returns the address of the last local-ses that logs there; None before it listens."""
    log = log_of(logs)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.removeprefix(LISTENING) for line in lines if line.startswith(LISTENING)), None)
