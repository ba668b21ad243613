"""Asks the service in this process: its ASGI application behind a client, on one loop, with its lifespan run."""

import asyncio
from contextlib import ExitStack

import httpx

from callguard import service
from samples import CALLER, guard

CALL = {"callee": "13800130001", "caller": CALLER, "campaign": "course"}
TOKEN = "0123456789abcdef0123456789abcdef"


class Client:
    """One application, asked as a program would over a Unix socket."""

    def __init__(self, guarded=None, *, tokens=None, **more):
        self.guard = guard() if guarded is None else guarded
        self.app = service.app(self.guard, tokens=tokens, **more)
        self.desk = self.app.state.desk
        self._stack = ExitStack()

    def __enter__(self):
        self.runner = self._stack.enter_context(asyncio.Runner())
        self._lifespan = self.app.router.lifespan_context(self.app)
        self.runner.run(self._lifespan.__aenter__())
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://callguard")
        return self

    def __exit__(self, *_):
        self.runner.run(self.http.aclose())
        self.runner.run(self._lifespan.__aexit__(None, None, None))
        self._stack.close()
        self.guard.close()

    def run(self, work):
        return self.runner.run(work)

    def get(self, path, **more):
        return self.run(self.http.get(path, **more))

    def post(self, path, given=None, **more):
        if given is not None:
            more["json"] = given
        return self.run(self.http.post(path, **more))
