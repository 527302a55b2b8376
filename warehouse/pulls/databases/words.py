"""Turns what a database reports into a sentence and a cure. Its own text is never shown: it may quote a cell or the
password.
"""

import re

from warehouse.readers.near_names import shown
from warehouse.storage.errors import RegistryError

NAMED = (
    (re.compile(r'relation "([^"]{1,80})" does not exist'), "table"),
    (re.compile(r'column "?([\w.]{1,80})"? does not exist'), "column"),
    (re.compile(r"no such (?:table|column): ([\w.]{1,80})"), "table or column"),
    (re.compile(r"Table '([^']{1,80})' doesn't exist"), "table"),
    (re.compile(r"Unknown column '([^']{1,80})'"), "column"),
    (re.compile(r"Invalid (?:object|column) name '([^']{1,80})'"), "table or column"),
)
"""How databases say that a query names what they do not have; the name stands in the query."""
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
KNOWN: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("password authentication failed", "no password supplied", "no pg_hba.conf entry", "Access denied for user"),
        "The database does not let this user in.",
        "Correct the user in connection, and the password in {password}.",
    ),
    (
        ("Login failed", "invalid authorization", "Authentication failed"),
        "The database does not let this user in.",
        "Correct the user in connection, and the password in {password}.",
    ),
    (
        ("certificate verify failed", "does not match host name", "SSL", "TLS"),
        "The connection to the database cannot be made safe.",
        "Check the server's certificate, and how connection asks for TLS (docs/sources/sql.md).",
    ),
    (
        ("statement timeout", "maximum statement execution time", "INTERRUPT", "Interrupted"),
        "{what} takes longer than most_minutes allows.",
        "Let the query ask for less, or raise most_minutes of the source.",
    ),
    (
        ("read-only transaction", "READ ONLY transaction", "read-only mode", "readonly database", "must return data"),
        "{what} would change the database.",
        "Write a SELECT that only reads, without functions that write.",
    ),
    (
        ("permission denied", "command denied", "permission was denied"),
        "This user may not read what {what} asks for.",
        "Grant SELECT on its tables to the user in connection.",
    ),
    (
        ("Date out of range",),
        "{what} gives a date without month or day, such as 2024-00-00.",
        "Give none in its place, as in IF(DAY(day) = 0, NULL, day).",
    ),
    (
        ("duplicate column name", "Duplicate column name", "is ambiguous"),
        "{what} gives two columns of one name, or names one that several tables have.",
        "Give each column a name of its own with AS.",
    ),
    (
        ("syntax error", "error in your SQL syntax", "Incorrect syntax"),
        "The database cannot read {what}.",
        "Run it in the database's own client, and correct it.",
    ),
    (
        ("FATAL:  database", "Unknown database", "Cannot open database"),
        "The server has no database of that name.",
        "Correct it in connection.",
    ),
    (
        (
            *("server closed the connection", "terminating connection", "no connection to the server", "gone away"),
            *("Lost connection", "connection not open", "SSL SYSCALL", "Communication link failure"),
        ),
        "The database went away while it was asked.",
        "Pull again once it is back; what was pulled before stays.",
    ),
    (
        ("file is not a database", "file is encrypted", "database disk image is malformed"),
        "The file that connection names is no SQLite database, or a damaged one.",
        "Correct its path, or copy the database again.",
    ),
    (
        ("database is locked", "database table is locked"),
        "Another program is writing to the database.",
        "Pull again once it has ended.",
    ),
    (
        (
            *("Unable to connect", "Failed to connect", "could not translate", "could not connect", "Can't connect"),
            *("Connection refused", "unable to open database", "Cannot open", "does not exist in read-only", "timeout"),
            *("Unknown MySQL server host", "Unable to open", "Data source name not found", "file not found"),
        ),
        "The database cannot be reached.",
        "Check connection in site.toml, and that the database runs and lets this machine in.",
    ),
)
"""Words of DuckDB or of a database -> what is wrong, and its cure."""


def in_words(error: Exception, what: str, password: str) -> RegistryError:
    """Return what is wrong, and its cure. `what` names the query that was asked, `password` where a password stands."""
    text = str(error)
    for pattern, kind in NAMED:
        if (match := pattern.search(text)) and PLAIN.fullmatch(match[1]):
            return RegistryError(
                f"{what} names the {kind} {shown(match[1])}, which the database lacks, or hides from this user.",
                "Correct the query, or grant SELECT to the user in connection.",
            )
    for words, wrong, cure in KNOWN:
        if any(word in text for word in words):
            return RegistryError(wrong.format(what=what), cure.format(password=password))
    return RegistryError(
        f"The database reports an error for {what}, which is not shown since it may quote a cell.",
        "Run the query in the database's own client as the same user.",
    )
