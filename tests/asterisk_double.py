"""A protocol double of Asterisk's manager: it greets, logs in, pairs answers by ActionID, and keeps what reached it."""

import asyncio

BANNER = b"Asterisk Call Manager/9.0.0\r\n"


class Asterisk:
    """Listens on a free port of loopback; `actions` is every action that came, as a list of (name, value)."""

    def __init__(self):
        self.actions = []
        self.writers = set()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for writer in list(self.writers):
            writer.close()
        await self.server.wait_closed()

    def named(self, name):
        """Return the actions of a name, as dictionaries of their last headers."""
        found = [dict(action) for action in self.actions]
        return [action for action in found if action.get("Action", "").lower() == name.lower()]

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            writer.write(BANNER)
            known = False
            while block := await self.block(reader):
                action = [tuple(part.strip() for part in line.partition(":")[::2]) for line in block]
                self.actions.append(action)
                known = self.answer(writer, {name.lower(): value for name, value in action}, known)
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
                return lines
        return []

    def answer(self, writer, action, known):
        def say(response, message, **more):
            mark = {"ActionID": action["actionid"]} if "actionid" in action else {}
            told = {"Response": response, **mark, "Message": message, **more}
            writer.write("".join(f"{name}: {value}\r\n" for name, value in told.items()).encode() + b"\r\n")

        name = action.get("action", "").lower()
        if name == "login":
            known = action.get("secret") == "pw"
            say(*(("Success", "Authentication accepted") if known else ("Error", "Authentication failed")))
            if known:
                writer.write(b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n")
        elif not known:
            say("Error", "Permission denied")
        elif name == "ping":
            say("Success", "Pong", Ping="Pong")
        elif name == "originate":
            failing = action.get("context") == "broken"
            say(*(("Error", "Extension does not exist.") if failing else ("Success", "Originate successfully queued")))
            if action.get("async") == "true" and not failing:
                reason = action.get("account") or "4"
                response = "Success" if reason == "4" else "Failure"
                writer.write(
                    f"Event: OriginateResponse\r\nActionID: {action['actionid']}\r\nResponse: {response}\r\nReason: {reason}\r\nUniqueid: of-{action['actionid']}\r\n\r\n".encode()
                )
        elif name == "logoff":
            say("Goodbye", "Thanks for all the fish.")
            writer.close()
        else:
            say("Success", "done")
        return known
