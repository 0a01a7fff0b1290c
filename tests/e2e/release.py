"""A release's folder, and a person who has it, the AWS CLI and nothing else."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from warden_local import paths
from warden_local.command import environment
from warden_local.local_aws import LocalAws
from warden_local.waiting import wait_until

sys.path.append(str(paths.ROOT / "infra" / "release"))
from warden_release.pack import sums  # noqa: E402

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
QUICK_SECONDS = 180


def packaged(out: Path, binaries: Path, *more: str) -> Path:
    """What `make dist-local` makes, from binaries that exist."""
    command = [sys.executable, "-m", "warden_release", "--binaries", binaries, "--out", out, *more]
    env = {**os.environ, "PYTHONPATH": str(paths.ROOT / "infra" / "release")}
    subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE)
    return out


class Person:
    """Somebody at a keyboard, with a home of their own."""

    def __init__(self, aws: LocalAws, dist: Path, home: Path) -> None:
        self.aws, self.dist = aws, dist
        cli = paths.ROOT / ".local" / "aws" / "bin"
        credentials = {name: value for name, value in environment(aws).items() if name.startswith("AWS_")}
        self.env = {"HOME": str(home), "PATH": f"{cli}:{SYSTEM_PATH}", "LANG": "C.UTF-8", **credentials}

    def install(self, *options: str, answers: str | None = None, status: int = 0, **more: str) -> str:
        """What install.sh says; `answers` are typed at its questions."""
        command = [self.dist / "install.sh", *options]
        keyboard, terminal = pty.openpty() if answers is not None else (None, None)
        try:
            if keyboard is not None:
                os.write(keyboard, answers.encode())
            done = subprocess.run(
                command, env={**self.env, **more}, stdin=terminal or subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=QUICK_SECONDS,
            )
        finally:
            for end in (keyboard, terminal):
                if end is not None:
                    os.close(end)
        assert done.returncode == status, done.stdout
        return done.stdout

    def stack(self, name: str = "ses-warden") -> dict | None:
        cloudformation = self.aws.client("cloudformation")
        try:
            return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except cloudformation.exceptions.ClientError:
            return None

    def outputs(self, name: str = "ses-warden") -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.stack(name)["Outputs"]}

    def parameters(self, name: str = "ses-warden") -> dict[str, str]:
        return {p["ParameterKey"]: p["ParameterValue"] for p in self.stack(name)["Parameters"]}

    def localize(self, name: str = "ses-warden") -> None:
        """A release knows nothing of a local AWS: its functions learn where it is, and plain HTTP is let in."""
        functions, s3 = self.aws.client("lambda"), self.aws.client("s3")
        for function in ("suppress", "metrics", "guard"):
            known = functions.get_function_configuration(FunctionName=f"{name}-{function}")
            variables = {
                **known["Environment"]["Variables"],
                "AWS_ENDPOINT_URL": self.aws.endpoint,
                "AWS_ENDPOINT_URL_SESV2": self.aws.ses_endpoint,
            }
            functions.update_function_configuration(
                FunctionName=f"{name}-{function}", Environment={"Variables": variables}
            )
        for bucket in s3.list_buckets()["Buckets"]:
            if bucket["Name"].startswith(f"{name}-") and not bucket["Name"].startswith(f"{name}-code-"):
                s3.delete_bucket_policy(Bucket=bucket["Name"])

    def suppressed(self) -> set[str]:
        entries = self.aws.client("sesv2").list_suppressed_destinations()["SuppressedDestinationSummaries"]
        return {entry["EmailAddress"] for entry in entries}


def localized(dist: Path, aws: LocalAws) -> Path:
    """The same release for a local AWS, where it is deployed by somebody who cannot help afterwards."""
    file = dist / "ses-warden.template.yaml"
    text = file.read_text()
    variables = f"        AWS_ENDPOINT_URL: {aws.endpoint}\n        AWS_ENDPOINT_URL_SESV2: {aws.ses_endpoint}\n"
    text = replaced(text, "        WARDEN_LOG: !Ref LogLevel\n", lambda line: line + variables)
    # Plain HTTP is all that the local AWS speaks.
    text = replaced(text, '"aws:SecureTransport": "false"', lambda line: line.replace("false", "never"))
    file.write_text(text)
    (dist / "SHA256SUMS").unlink()
    (dist / "SHA256SUMS").write_text(sums(dist))
    return dist


def replaced(text: str, old: str, new: Callable[[str], str]) -> str:
    assert text.count(old) == 1, f"{text.count(old)} x {old}"
    return text.replace(old, new(old))


def wait_for_suppression(person: Person, address: str) -> None:
    wait_until(f"{address} is suppressed", lambda: address in person.suppressed())
