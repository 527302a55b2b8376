"""Read and check alerts.toml in the registry's home: which alerts are sent, and where to.

The file holds no secrets; for each it names the environment variable that does.
"""

import os
from dataclasses import dataclass

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.toml_text import NotToml, read_toml

FILE = "alerts.toml"
OCCASIONS = ("failure", "refused", "overdue", "waiting", "rejected", "erasure", "pull", "questions", "drift", "new_ltp")
UNASKED = ("failure", "refused", "overdue", "waiting", "rejected", "erasure", "pull", "questions")
"""The occasions alerted on by default. New LTP is not among them: it says something about patients, if only a count;
nor is drift: shares of a small site leave their limits by chance, and the morning note says it as well."""
TYPES = {str: "a string", int: "a number", bool: "true or false", list: "a list of strings"}


@dataclass(frozen=True)
class Email:
    """How to send by SMTP. `password` is the secret itself, read from the environment."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    starttls: bool
    user: str
    password: str


@dataclass(frozen=True)
class Webhook:
    """Where to POST. `authorization` is the header's value; '' sends no such header."""

    url: str
    authorization: str


@dataclass(frozen=True)
class AlertSettings:
    """What alerts.toml says. `with_keys`: whether an alert names lesions by key, or only counts them by site."""

    on: tuple[str, ...] = ()
    with_keys: bool = False
    email: Email | None = None
    webhook: Webhook | None = None


def read(home: Home) -> AlertSettings:
    """Return the settings; all off if there is no file. Raises RegistryError if the file is not valid."""
    path = home.root / FILE
    try:
        content = read_toml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return AlertSettings()
    except (OSError, UnicodeDecodeError):
        raise RegistryError(f"{FILE} cannot be read.", "Save it as UTF-8 text.") from None
    except NotToml as error:
        raise RegistryError(f"{FILE} is not TOML: {error}.", "Correct the file.") from None
    top = _Part(content, "", ("on", "with_keys", "email", "webhook"))
    on = top.texts("on", list(UNASKED))
    if unknown := [name for name in on if name not in OCCASIONS]:
        raise RegistryError(f"{FILE}: on holds {unknown[0]!r}, which is no occasion.", f"Use {', '.join(OCCASIONS)}.")
    return AlertSettings(tuple(on), top.value("with_keys", bool, False), _email(content), _webhook(content))


class _Part:
    """One table of the file, checked for unknown keys."""

    def __init__(self, content: object, name: str, keys: tuple[str, ...]):
        self.where = f"{FILE}: {name + '.' if name else ''}"
        if not isinstance(content, dict):
            raise RegistryError(f"{FILE}: {name} is not a table.", f"Write [{name}].")
        self.content = content
        if unknown := sorted(set(content) - set(keys)):
            raise RegistryError(f"{self.where}{unknown[0]} is unknown.", f"Use {', '.join(keys)}.")

    def value(self, key: str, kind: type, default=None):
        """Return the value. Raises RegistryError if it is missing without a default, or has the wrong type."""
        if key not in self.content and default is not None:
            return default
        if key not in self.content:
            raise RegistryError(f"{self.where}{key} is missing.", "Add it to the file.")
        found = self.content[key]
        if type(found) is not kind:
            raise RegistryError(f"{self.where}{key} is not {TYPES[kind]}.", "Correct the file.")
        return found

    def texts(self, key: str, default: list[str] | None = None) -> list[str]:
        """Return a non-empty list of strings. Raises RegistryError if it is anything else."""
        found = self.value(key, list, default)
        if not found or not all(isinstance(text, str) for text in found):
            raise RegistryError(f"{self.where}{key} is not a list of at least one string.", "Write it like ['a', 'b'].")
        return found

    def secret(self, key: str) -> str:
        """Return the environment variable that `key` names; '' without the key. Raises RegistryError if it is unset."""
        if not (variable := self.value(key, str, "")):
            return ""
        if variable not in os.environ:
            raise RegistryError(f"{self.where}{key} names {variable}, which is not set.", "Set it in the environment.")
        return os.environ[variable]


def _email(content: dict) -> Email | None:
    if "email" not in content:
        return None
    part = _Part(content["email"], "email", ("host", "port", "from", "to", "starttls", "user", "password_variable"))
    return Email(
        host=part.value("host", str),
        port=part.value("port", int, 25),
        sender=part.value("from", str),
        to=tuple(part.texts("to")),
        starttls=part.value("starttls", bool, False),
        user=part.value("user", str, ""),
        password=part.secret("password_variable"),
    )


def _webhook(content: dict) -> Webhook | None:
    if "webhook" not in content:
        return None
    part = _Part(content["webhook"], "webhook", ("url", "url_variable", "authorization_variable"))
    url = part.secret("url_variable") or part.value("url", str)
    if not url.startswith(("http://", "https://")):
        raise RegistryError(f"{FILE}: webhook.url is not an http or https address.", "Correct the address.")
    return Webhook(url, part.secret("authorization_variable"))
