"""No process of a run is left, whatever ends the run."""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from warden_local import paths
from warden_local.waiting import wait_until

PROC = Path("/proc")
MARK = "LOCAL_RUN_MARK"

pytestmark = pytest.mark.skipif(not PROC.joinpath("self/environ").exists(), reason="finds processes through /proc")


class Run:
    """A run of the story whose processes carry a mark."""

    def __init__(self, output):
        self.mark = uuid.uuid4().hex
        command = [sys.executable, "-m", "warden_local", "--output", str(output)]
        environment = {**os.environ, "PYTHONPATH": str(paths.ROOT / "infra" / "local"), MARK: self.mark}
        self.log = output / "output.txt"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=paths.ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                # As from a terminal: a shell that runs the tests in the background has
                # them ignore SIGINT, and their children inherit that.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def until_functions_run(self):
        def running():
            assert self.process.poll() is None, self.log.read_text()
            return any("bootstrap" in line for line in self.processes().values())

        wait_until("a function runs", running, seconds=600)

    def processes(self):
        """Returns the command lines of all processes that inherited the mark, by process id."""
        found = {}
        for folder in PROC.glob("[0-9]*"):
            try:
                if f"{MARK}={self.mark}".encode() in folder.joinpath("environ").read_bytes():
                    found[int(folder.name)] = folder.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # ended meanwhile, or not ours to read
        return found

    def end(self):
        code = self.process.wait(timeout=60)
        return code, self.log.read_text()


@pytest.fixture
def run(binaries, tmp_path):
    started = Run(tmp_path)
    yield started
    for process in started.processes():
        os.kill(process, signal.SIGKILL)
    started.process.wait()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 1), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_signal_leaves_no_process(run, number, code):
    run.until_functions_run()
    assert len(run.processes()) >= 4
    run.process.send_signal(number)
    ended, output = run.end()
    assert ended == code, output
    assert "Traceback" not in output
    assert run.processes() == {}


def test_a_failure_leaves_no_process_and_says_what_failed(run):
    run.until_functions_run()
    local_ses = next(
        process for process, command in run.processes().items() if command.split()[0].endswith("local-ses")
    )
    os.kill(local_ses, signal.SIGKILL)
    ended, output = run.end()
    assert ended == 1, output
    assert "local-ses ended by itself" in output
    assert "Traceback" not in output
    assert run.processes() == {}


def test_a_port_in_use_is_said_in_one_sentence(aws, tmp_path):
    command = [sys.executable, "-m", "warden_local", "--output", str(tmp_path), "--port", str(aws.port)]
    environment = {**os.environ, "PYTHONPATH": str(paths.ROOT / "infra" / "local")}
    ended = subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"Port {aws.port} of 127.0.0.1 is in use" in ended.stderr
    assert "Traceback" not in ended.stderr
