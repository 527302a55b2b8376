"""Judges what a server answered: the text of a CSV, or why there is none and whether to ask again.

Nothing of an answer's body is ever quoted: it may hold patients' values.
"""

from dataclasses import dataclass

OK = 200
REDIRECTS = range(300, 400)
REFUSED_TOKEN = (401, 403)
ASK_AGAIN = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524)
"""Answers that may be another one later. The 52x are those of a proxy before the server."""
LONGEST_WAIT_SECONDS = 300
RIGHTS = "Check in REDCap that the token is valid and its user may export data through the API."
LATER = "Try again later; ask the people who run the server if it stays so."


class NoAnswer(Exception):
    """A request without a usable answer. `is_final`: asking again would not help. `wait`: seconds asked for."""

    def __init__(self, sentence: str, cure: str, is_final: bool = False, wait: float = 0):
        super().__init__(sentence)
        self.sentence, self.cure, self.is_final, self.wait = sentence, cure, is_final, wait


@dataclass(frozen=True)
class Reply:
    """An answer of the server: status, the header Retry-After, and the body as it came."""

    status: int
    retry_after: str
    body: bytes


def text_of(reply: Reply) -> str:
    """Return the answer as text. Raises NoAnswer if it is none of REDCap's CSV."""
    _check_status(reply)
    try:
        text = reply.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoAnswer("The server's answer is not UTF-8 text.", LATER) from None
    start = text.lstrip()[:200].lower()
    if start.startswith("<"):
        raise NoAnswer("The server answers with a web page instead of data.", f"Check the address. {LATER}")
    if start.startswith(('{"error"', "{'error'", "error:", '"error"')) or (start.startswith("{") and "error" in start):
        raise NoAnswer("The server answers with an error instead of data.", RIGHTS)
    return text


def _check_status(reply: Reply) -> None:
    status = reply.status
    if status == OK:
        return
    if status in REDIRECTS:
        raise NoAnswer(
            f"The server sends the request on to another address ({status}); the token is not sent there.",
            "Write the address that it leads to as api in site.toml, if it is the right one.",
            is_final=True,
        )
    if status in REFUSED_TOKEN:
        raise NoAnswer(f"The server refuses the token ({status}).", RIGHTS, is_final=True)
    if status == 404:
        raise NoAnswer("The server has no API at this address (404).", "Correct api in site.toml.", is_final=True)
    if status in ASK_AGAIN:
        what = "asks for fewer requests" if status == 429 else "fails"
        wait = min(float(reply.retry_after), LONGEST_WAIT_SECONDS) if reply.retry_after.isdecimal() else 0
        raise NoAnswer(f"The server {what} ({status}).", LATER, wait=wait)
    raise NoAnswer(f"The server refuses the request ({status}).", RIGHTS, is_final=True)
