"""Send an alert by e-mail (SMTP) and to a webhook (POST of JSON).

A failed channel returns a sentence and raises nothing, because an alert that cannot be sent must not fail what it
reports. Only the status code of a server's answer is printed.
"""

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from orchestration.alerts.message import Alert
from orchestration.alerts.settings import AlertSettings, Email, Webhook

LIMIT_SECONDS = 20


def channels(settings: AlertSettings) -> dict[str, Callable[[Alert], str]]:
    """Return a function for each configured channel, by name: it sends an alert and returns why that failed, or ''."""
    found: dict[str, Callable[[Alert], str]] = {}
    email, webhook = settings.email, settings.webhook
    if email is not None:
        found["email"] = lambda alert: _tried("by e-mail", lambda: _mail(email, alert))
    if webhook is not None:
        found["webhook"] = lambda alert: _tried("to the webhook", lambda: _post(webhook, alert))
    return found


def send(settings: AlertSettings, alert: Alert) -> list[str]:
    """Send the alert through every configured channel and return a sentence for each that failed."""
    return [problem for send_through in channels(settings).values() if (problem := send_through(alert))]


def _tried(how: str, way) -> str:
    try:
        way()
    except smtplib.SMTPResponseException as error:
        why = f"the server answered {error.smtp_code}"
    except smtplib.SMTPRecipientsRefused:
        why = "the server refused every recipient"
    except urllib.error.HTTPError as error:
        why = f"the server answered {error.code}"
    except OSError as error:
        reason = getattr(error, "reason", None)
        why = getattr(reason, "strerror", None) or error.strerror or type(error).__name__
    except Exception as error:  # whatever a server does must not fail the refresh
        why = type(error).__name__
    else:
        return ""
    return f"The alert could not be sent {how}: {why}."


def _mail(email: Email, alert: Alert) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = alert.title, email.sender, ", ".join(email.to)
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="registry.invalid")
    message.set_content(alert.text)
    with smtplib.SMTP(email.host, email.port, timeout=LIMIT_SECONDS) as server:
        if email.starttls:
            import ssl

            server.starttls(context=ssl.create_default_context())
        if email.user:
            server.login(email.user, email.password)
        server.send_message(message)


def _post(webhook: Webhook, alert: Alert) -> None:
    body = json.dumps({"occasion": alert.occasion, "text": alert.text, "title": alert.title, "lines": alert.lines})
    headers = {"Content-Type": "application/json"}
    if webhook.authorization:
        headers["Authorization"] = webhook.authorization
    request = urllib.request.Request(webhook.url, body.encode(), headers, method="POST")
    with urllib.request.build_opener(_Stay).open(request, timeout=LIMIT_SECONDS):
        pass


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: it would send the authorization to another server."""

    def redirect_request(self, *_: object) -> None:
        """Return None: do not follow."""
