"""Just enough HTTP/1.1 over asyncio streams for a proxy and for Lambda's Runtime API."""

import asyncio
from dataclasses import dataclass

DROPPED = ("content-length", "transfer-encoding", "connection", "keep-alive")


@dataclass
class Message:
    """A request or an answer: its first line, headers in lower case, and its whole body."""

    first: str
    headers: dict[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return self.first.split(" ", 1)[0]

    @property
    def path(self) -> str:
        return self.first.split(" ", 2)[1]

    @property
    def status(self) -> int:
        return int(self.first.split(" ", 2)[1])


async def read_message(reader: asyncio.StreamReader, *, has_body: bool = True) -> Message | None:
    """Reads a message; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        # Connections that are idle at the end of a run are cancelled.
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, divider, value = line.partition(":")
        if divider:
            headers[name.strip().lower()] = value.strip()
    body = b""
    if not has_body:
        pass
    elif "chunked" in headers.get("transfer-encoding", ""):
        body = await read_chunks(reader)
    elif length := int(headers.get("content-length", "0")):
        body = await reader.readexactly(length)
    return Message(first, headers, body)


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    while (await reader.readline()).strip():
        pass
    return body


def encode(first: str, headers: dict[str, str], body: bytes, *, length: bool = True) -> bytes:
    """Writes a message out."""
    lines = [first, *(f"{name}: {value}" for name, value in headers.items() if name not in DROPPED)]
    if length:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
