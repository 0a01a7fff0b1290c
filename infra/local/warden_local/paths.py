"""Paths of the local run. Everything that it creates stays inside the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
STATE = ROOT / ".local"
RUN = ROOT / "target" / "run"
