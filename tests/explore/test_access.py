"""Only who has the key, on this machine, from the page itself, gets an answer."""

from __future__ import annotations

from starlette.responses import PlainTextResponse

from explore.access import OnlyWithKey
from orchestration.same_origin import only_here
from tests.explore.client import TestClient

KEY = "a-key-of-the-test"


async def _page(scope, receive, send) -> None:
    await PlainTextResponse("patients")(scope, receive, send)


def client() -> TestClient:
    """A browser at the guarded page, without the key."""
    app = only_here(OnlyWithKey(_page, KEY, 3001))
    return TestClient(app, base_url="http://127.0.0.1:3001", follow_redirects=False)


def test_without_the_key_nothing_is_shown() -> None:
    """No key, a wrong one, and the cookie of another port are refused in one sentence."""
    browser = client()
    browser.cookies.set("explore-3002", KEY)
    for given in ({}, {"key": "another"}, {"key": ""}):
        answer = browser.get("/", params=given)
        assert answer.status_code == 403 and "registry explore" in answer.text


def test_the_key_becomes_a_cookie() -> None:
    """The printed address leads to the same page without the key, which scripts and other sites cannot use."""
    browser = client()
    answer = browser.get("/", params={"key": KEY, "keep": "patients.kras:mutant"})
    assert answer.status_code == 303 and "key" not in answer.headers["location"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    assert browser.get(answer.headers["location"]).text == "patients"


def test_pages_stay_to_themselves() -> None:
    """A page loads and sends nothing elsewhere, is not framed, and is not kept on disk."""
    browser = client()
    browser.cookies.set("explore-3001", KEY)
    headers = browser.get("/").headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "same-origin"


def test_other_hosts_and_pages_are_refused() -> None:
    """A foreign Host (DNS rebinding), a foreign Origin and other methods get no answer, key or not."""
    browser = client()
    browser.cookies.set("explore-3001", KEY)
    assert browser.get("/", headers={"host": "evil.example"}).status_code == 400
    assert browser.get("/", headers={"origin": "http://evil.example"}).status_code == 403
    foreign = {"origin": "http://127.0.0.1:3001", "sec-fetch-site": "cross-site"}
    assert browser.post("/open", headers=foreign).status_code == 403
    assert browser.delete("/").status_code == 403
