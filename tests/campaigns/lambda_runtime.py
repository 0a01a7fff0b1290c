"""Lambda for a campaign: environments that run the real binaries behind the Runtime API.

An environment is a process that takes one invocation at a time. It may be killed at any moment, and
begins anew with the next invocation, as on AWS.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from http_streams import encode, read_message

# Longest time for an invocation, by function. suppress has less than in the template, because the
# lease of a killed import run lasts as long.
SECONDS = {"suppress": 10, "metrics": 20, "guard": 120}


@dataclass
class Invocation:
    """One delivery to a function, with what is known of it."""

    payload: bytes
    # Keys of the events in it, for the ledger.
    events: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    # PutMetricData calls that CloudWatch took, and those of them whose answer was lost.
    applied: int = 0
    uncertain: int = 0
    # Which environment it ran in, and which process of it.
    slot: int = 0
    incarnation: int = 0
    # `answered`, `failed` or `died`.
    end: str = ""
    answer: Any = None


class Environment:
    """One slot of a function."""

    def __init__(self, function: str, place: int, program: Path, log: Path) -> None:
        self.function, self.place, self.program, self.log = function, place, program, log
        self.variables: dict[str, str] = {}
        self.process: asyncio.subprocess.Process | None = None
        self.incarnation = 0
        self.current: Invocation | None = None
        self.waiting: asyncio.Queue[Invocation] = asyncio.Queue()
        self.done = asyncio.Event()
        self.lock = asyncio.Lock()
        self.server: asyncio.Server | None = None
        self.connections: set[asyncio.Task] = set()

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incarnation = self.incarnation
        self.connections.add(asyncio.current_task())
        # Cancelled at the end of a campaign, while it waits for the next invocation.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError, asyncio.CancelledError):
            while request := await read_message(reader):
                if request.path.endswith("/next"):
                    invocation = await self.waiting.get()
                    if incarnation != self.incarnation:
                        # This process is gone; the invocation is for the next one.
                        self.waiting.put_nowait(invocation)
                        break
                    deadline = int((time.time() + SECONDS[self.function]) * 1000)
                    headers = {
                        "lambda-runtime-aws-request-id": invocation.id,
                        "lambda-runtime-deadline-ms": str(deadline),
                        "lambda-runtime-invoked-function-arn": f"arn:aws:lambda:eu-central-1:111122223333:function:{self.function}",
                        "content-type": "application/json",
                    }
                    writer.write(encode("HTTP/1.1 200 OK", headers, invocation.payload))
                else:
                    writer.write(encode("HTTP/1.1 202 Accepted", {}, b""))
                    self.take_answer(request.path, request.body)
                await writer.drain()
        writer.close()

    def take_answer(self, path: str, body: bytes) -> None:
        current = self.current
        if current and current.id in path and not current.end:
            current.end = "answered" if path.endswith("/response") else "failed"
            with contextlib.suppress(ValueError):
                current.answer = json.loads(body)
            self.done.set()

    async def invoke(self, invocation: Invocation) -> Invocation:
        """Runs one invocation to its end: an answer, an error, or the death of the process."""
        async with self.lock:
            await self.start()
            process = self.process
            invocation.slot, invocation.incarnation = self.place, self.incarnation
            self.current = invocation
            self.done.clear()
            self.waiting.put_nowait(invocation)
            ended = asyncio.ensure_future(process.wait())
            answered = asyncio.ensure_future(self.done.wait())
            await asyncio.wait((ended, answered), timeout=SECONDS[self.function] + 0.2, return_when=asyncio.FIRST_COMPLETED)
            for task in (ended, answered):
                task.cancel()
            if not invocation.end:
                invocation.end = "died"
                await self.kill()
                while not self.waiting.empty():
                    self.waiting.get_nowait()
            self.current = None
            return invocation

    async def start(self) -> None:
        if self.process and self.process.returncode is None:
            return
        self.incarnation += 1
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                str(self.program), env={**self.variables, "AWS_LAMBDA_RUNTIME_API": self.address}, stdout=output, stderr=output
            )

    async def kill(self) -> None:
        """Ends the process with SIGKILL, as a host of Lambda may do without notice."""
        process = self.process
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            await process.wait()

    async def close(self) -> None:
        await self.kill()
        if self.server:
            self.server.close()
        for connection in self.connections:
            connection.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)
