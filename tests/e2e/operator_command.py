"""The operator's command as a person or a script runs it, with its output read back."""

import json
import subprocess

from warden_local.command import environment

PACE = ("--ses-calls-per-second", "200")


class Operator:
    """Runs ``ses-warden`` against the local AWS."""

    def __init__(self, aws, binary, home):
        self.aws, self.binary, self.home = aws, binary, home

    def run(self, *arguments, expect=0, typed="", env=None):
        """Returns standard output and standard error."""
        done = subprocess.run(
            [self.binary, *map(str, arguments)],
            env={**environment(self.aws), "HOME": str(self.home), **(env or {})},
            input=typed, capture_output=True, text=True, timeout=120, cwd=self.home,
        )  # fmt: skip
        assert done.returncode == expect, (done.returncode, done.stdout[-3000:], done.stderr[-3000:])
        return done.stdout, done.stderr

    def rows(self, *arguments, **more):
        """Returns the objects of ``--json``."""
        return [json.loads(line) for line in self.run(*arguments, "--json", **more)[0].splitlines()]
