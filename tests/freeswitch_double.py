"""A protocol double of FreeSWITCH's event socket: it replies in the order of commands, and keeps what reached it.

Two APIs are its own, for the tests: `test_tell NAME=VALUE&…` tells every client an event, `test_call PORT` opens an outbound socket.
"""

import asyncio
import itertools
from contextlib import suppress
from urllib.parse import parse_qsl, quote


class FreeSwitch:
    """Listens on a free port of loopback; `commands` is every message that came, its lines joined."""

    def __init__(self):
        self.commands = []
        self.writers = set()
        self.jobs = itertools.count(1)
        self.gate = asyncio.Event()
        self.calls = set()
        self.gate.set()  # while it is not set, `api msleep` waits

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for call in list(self.calls):
            call.cancel()
        await asyncio.gather(*self.calls, return_exceptions=True)
        for writer in list(self.writers):
            writer.close()
        await self.server.wait_closed()

    def placed(self):
        """Return what would have placed calls."""
        return [command for command in self.commands if "originate" in command or "bridge" in command]

    def tell(self, event, body=""):
        """Tell every client an event."""
        for writer in self.writers:
            writer.write(event_bytes(event, body))

    async def call(self, port):
        """Open an outbound socket, as a dialplan does for a call."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await self.serve(reader, writer, b"")

    async def serve(self, reader, writer, greeting=b"Content-Type: auth/request\n\n"):
        self.writers.add(writer)
        try:
            writer.write(greeting)
            while block := await self.block(reader):
                self.commands.append(block)
                await self.answer(writer, block)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def block(self, reader):
        lines = []
        while line := (await reader.readline()).decode():
            if line.strip():
                lines.append(line.rstrip("\r\n"))
            elif lines:
                return "\n".join(lines)
        return ""

    async def answer(self, writer, block):
        def reply(text, *more):
            writer.write("\n".join(["Content-Type: command/reply", f"Reply-Text: {text}", *more, "", ""]).encode())

        def respond(text):
            body = text.encode()
            writer.write(b"Content-Type: api/response\nContent-Length: %d\n\n" % len(body) + body)

        verb, _, rest = block.partition("\n")[0].partition(" ")
        if verb == "auth":
            reply("+OK accepted" if rest == "ClueCon" else "-ERR invalid")
        elif verb == "api":
            await self.gate.wait() if rest.startswith("msleep") else None
            respond(self.api(rest))
        elif verb == "bgapi":
            told = [line.partition(": ")[2] for line in block.split("\n") if line.lower().startswith("job-uuid: ")]
            job = told[0] if told else f"job-{next(self.jobs)}"
            reply(f"+OK Job-UUID: {job}", f"Job-UUID: {job}")
            writer.write(event_bytes({"Event-Name": "BACKGROUND_JOB", "Job-UUID": job}, self.api(rest)))
        elif verb == "sendmsg":
            reply("+OK")
        elif verb == "connect":
            reply("+OK", "Unique-ID: own", "Channel-Name: loopback/s-a", "Channel-State: CS_EXECUTE")
        elif verb == "exit":
            reply("+OK bye")
            writer.write(b"Content-Type: text/disconnect-notice\nContent-Length: 0\n\n")
            writer.close()
        else:
            reply(f"+OK {verb}")

    def api(self, rest):
        name, _, argument = rest.partition(" ")
        if name == "echo":
            return argument
        if name == "create_uuid":
            return f"uuid-{next(self.jobs)}"
        if name == "test_tell":
            self.tell(dict(parse_qsl(argument)))
        if name == "test_call":
            self.calls.add(asyncio.create_task(self.call(int(argument))))
        if name == "uuid_exists":
            return "true"
        if name == "originate" and "{origination_uuid=" in argument:
            return f"+OK {argument.partition('origination_uuid=')[2].partition(',')[0].partition('}')[0]}"
        if name == "originate":
            return "-ERR USER_BUSY" if "busy" in argument else "+OK uuid"
        return "+OK"


def event_bytes(event, body=""):
    """Write an event."""
    headers = "".join(f"{name}: {quote(str(value))}\n" for name, value in event.items())
    if body:
        headers += f"Content-Length: {len(body.encode())}\n"
    text = f"{headers}\n{body}".encode()
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n" % len(text) + text
