"""Where the service listens: a Unix socket that its mode guards, or TCP."""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs

from callguard.errors import CallguardError

if TYPE_CHECKING:
    from pathlib import Path


@attrs.frozen
class Listening:
    """An open socket; `shown` is how it is reached, `loopback` whether only this host's processes can."""

    socket: socket.socket
    shown: str
    loopback: bool
    path: Path | None = None
    _inode: int = 0

    @property
    def host(self) -> str:
        """The host of an address, as clients name it."""
        return self.shown.rpartition(":")[0]

    def close(self) -> None:
        """Close it, and take its file away where it is still its own."""
        self.socket.close()
        if self.path is not None:
            with suppress(OSError):
                if self.path.stat().st_ino == self._inode:
                    self.path.unlink()


def on_path(path: Path, mode: int) -> Listening:
    """Listen on a Unix socket of a mode; one that nobody listens on any more is replaced. CallguardError where that cannot be."""
    if not hasattr(socket, "AF_UNIX"):
        raise CallguardError("this system has no Unix sockets; accepted: `--listen`")
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise CallguardError(f"`{path}` is there, and is no socket; accepted: a path with nothing at it")
        if _is_answered(path):
            raise CallguardError(f"another process listens on `{path}`; end it, or take another path")
        path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        made.bind(str(path))
        path.chmod(mode)
    except OSError as error:
        made.close()
        raise CallguardError(f"`{path}` cannot be listened on ({error.strerror or error})") from None
    finally:
        os.umask(before)
    return Listening(made, str(path), loopback=True, path=path, inode=path.stat().st_ino)


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(1)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
        return True


def on_address(host: str, port: int) -> Listening:
    """Listen on a host and port; 0 is a port that is free. CallguardError where that cannot be."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, kind, protocol)  # with TCP named, the loop sends without delay
    except OSError as error:
        raise CallguardError(f"`{host}` cannot be listened on ({error.strerror or error})") from None
    try:
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        made.close()
        raise CallguardError(f"`{host}:{port}` cannot be listened on ({error.strerror or error})") from None
    bound = made.getsockname()
    shown = f"[{bound[0]}]:{bound[1]}" if family == socket.AF_INET6 else f"{bound[0]}:{bound[1]}"
    return Listening(made, shown, loopback=ipaddress.ip_address(bound[0].partition("%")[0]).is_loopback)
