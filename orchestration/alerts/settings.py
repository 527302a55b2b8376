"""alerts.toml in the registry's home: who is told of what.

What belongs here: reading and checking the file. Secrets do not stand in it: it names the variable of the environment
that holds each.
"""

import os
from dataclasses import dataclass

from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.toml_text import NotToml, read_toml

FILE = "alerts.toml"
OCCASIONS = ("failure", "refused", "overdue", "waiting", "rejected", "erasure", "new_ltp")
UNASKED = ("failure", "refused", "overdue", "waiting", "rejected", "erasure")
"""What is told of where the file does not say: not what a release holds of patients, though it is only counted."""
TYPES = {str: "text", int: "a number", bool: "true or false", list: "a list of texts"}


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
    """Where to POST. `authorization` is the header's value, '' for none."""

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
    """The settings; all off where there is no file. RegistryError where it does not hold."""
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
        raise RegistryError(f"{FILE}: on holds {unknown[0]!r}.", f"Use {', '.join(OCCASIONS)}.")
    return AlertSettings(tuple(on), top.value("with_keys", bool, False), _email(content), _webhook(content))


class _Part:
    """One table of the file."""

    def __init__(self, content: object, name: str, keys: tuple[str, ...]):
        self.where = f"{FILE}: {name + '.' if name else ''}"
        if not isinstance(content, dict):
            raise RegistryError(f"{FILE}: {name} is not a table.", f"Write [{name}].")
        self.content = content
        if unknown := sorted(set(content) - set(keys)):
            raise RegistryError(f"{self.where}{unknown[0]} is unknown.", f"Use {', '.join(keys)}.")

    def value(self, key: str, kind: type, default=None):
        """The value; RegistryError where it is missing without a default, or of another type."""
        if key not in self.content and default is not None:
            return default
        found = self.content.get(key)
        if type(found) is not kind:
            raise RegistryError(f"{self.where}{key} is not {TYPES[kind]}.", "Correct the file.")
        return found

    def texts(self, key: str, default: list[str] | None = None) -> list[str]:
        """A list of texts, not empty."""
        found = self.value(key, list, default)
        if not found or not all(isinstance(text, str) for text in found):
            raise RegistryError(f"{self.where}{key} is not a list of texts.", "Correct the file.")
        return found

    def secret(self, key: str) -> str:
        """What the variable that `key` names holds; '' where the key is not there."""
        if not (variable := self.value(key, str, "")):
            return ""
        if variable not in os.environ:
            raise RegistryError(f"{self.where}{key} names {variable}, which is not set.", "Set it where this runs.")
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
        raise RegistryError(f"{FILE}: webhook.url is no http or https address.", "Correct the file.")
    return Webhook(url, part.secret("authorization_variable"))
