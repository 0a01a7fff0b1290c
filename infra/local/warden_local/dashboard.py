"""``python -m warden_local.dashboard``: the template's dashboard as one page, from a day of sample data.

CloudWatch draws the real one. This shows, without an account, that its widgets find
their series, that the labels tell them apart and that everything has its place.
`make run` draws the same widgets from what its own CloudWatch holds.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from warden_local import paths
from warden_local.dashboard_body import body
from warden_local.dashboard_page import render
from warden_local.dashboard_sample import PARAMETERS, Sample
from warden_local.problem import Problem


def photograph(page: Path) -> Path | None:
    """A picture of the page, where there is a browser to take it."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        return None
    picture = page.with_suffix(".png")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"]
    command += ["--window-size=1560,2180", f"--screenshot={picture}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return picture if done.returncode == 0 and picture.exists() else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="warden_local.dashboard", description=__doc__)
    parser.add_argument("--output", type=Path, default=paths.ROOT / "target" / "dashboard" / "dashboard.html")
    output = parser.parse_args().output.resolve()
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        output.write_text(render(body(PARAMETERS), Sample()))
    except Problem as problem:
        print(f"ses-warden: {problem}", file=sys.stderr)
        return 1
    print(f"page     {output}")
    if picture := photograph(output):
        print(f"picture  {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
