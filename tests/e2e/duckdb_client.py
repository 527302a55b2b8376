"""A DuckDB client in a process of its own: attaches a server as `registry`, runs statements and prints what came.

Reads one line of JSON, {"server", "token"}, then one statement a line (JSON texts); answers each with one line of JSON,
{"rows"} or {"error"}. Of a statement after the word PARTLY it reads the first row alone and keeps the rest waiting.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen

import duckdb

from orchestration.serving.extensions import extension_files

ATTACHED = "registry"


class Client:
    """A client process."""

    def __init__(self, process: Popen):
        self.process = process

    def said(self, statement: str) -> dict:
        """Return {"rows"} or {"error"} of the statement."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(statement).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def rows(self, statement: str) -> list:
        """Return the statement's rows; fails if it is refused."""
        answer = self.said(statement)
        assert "rows" in answer, answer
        return answer["rows"]

    def on_server(self, select: str) -> list:
        """Return the rows of a SELECT that the server runs as it stands."""
        return self.rows(f"FROM {ATTACHED}.query($select${select}$select$)")

    def error(self, statement: str) -> str:
        """Return why the statement is refused; fails if it is not."""
        answer = self.said(statement)
        assert "error" in answer, answer
        return answer["error"]

    def attach_again(self) -> None:
        """Detach the server and attach it again."""
        self.rows(f"DETACH {ATTACHED}")
        assert self.said("ATTACH") == {"rows": []}


@contextmanager
def client(port: int, token: str) -> Iterator[Client]:
    """Run a client that has attached the server on this machine; fails if it cannot."""
    process = Popen([sys.executable, "-m", __name__], stdin=PIPE, stdout=PIPE)
    try:
        found = Client(process)
        assert process.stdin is not None
        process.stdin.write(json.dumps({"server": f"quack:127.0.0.1:{port}", "token": token}).encode() + b"\n")
        assert found.said("ATTACH") == {"rows": []}
        yield found
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    """Answer standard input."""
    lines = (json.loads(line) for line in sys.stdin)
    waiting = []
    server = next(lines)
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    for file in extension_files():
        con.execute(f"LOAD '{file}'")
    for statement in lines:
        if statement == "ATTACH":
            statement = f"ATTACH '{server['server']}' AS {ATTACHED} (TOKEN '{server['token']}')"
        try:
            if statement.startswith("PARTLY "):
                kept = con.cursor()
                waiting.append(kept)
                answer: dict = {"rows": kept.execute(statement.removeprefix("PARTLY ")).fetchmany(1)}
            else:
                answer = {"rows": con.execute(statement).fetchall()}
        except duckdb.Error as error:
            answer = {"error": str(error)}
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()
