"""A protocol double of FreeSWITCH's event socket: it replies in the order of commands, and keeps what reached it."""

import asyncio
import itertools


class FreeSwitch:
    """Listens on a free port of loopback; `commands` is every message that came, its lines joined."""

    def __init__(self):
        self.commands = []
        self.writers = set()
        self.jobs = itertools.count(1)
        self.gate = asyncio.Event()
        self.gate.set()  # while it is not set, `api msleep` waits

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for writer in list(self.writers):
            writer.close()
        await self.server.wait_closed()

    def placed(self):
        """Return what would have placed calls."""
        return [command for command in self.commands if "originate" in command or "bridge" in command]

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            writer.write(b"Content-Type: auth/request\n\n")
            while block := await self.block(reader):
                self.commands.append(block)
                await self.answer(writer, block)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

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
            body = self.api(rest).encode()
            event = f"Event-Name: BACKGROUND_JOB\nJob-UUID: {job}\nContent-Length: {len(body)}\n\n".encode() + body
            writer.write(b"Content-Length: %d\nContent-Type: text/event-plain\n\n" % len(event) + event)
        elif verb == "sendmsg":
            reply("+OK")
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
        if name == "originate":
            return "-ERR USER_BUSY" if "busy" in argument else "+OK uuid"
        return "+OK"
