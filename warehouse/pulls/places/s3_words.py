"""Says in words what went wrong at an S3 store. Its own message is never shown: it may quote the key."""

from collections.abc import Mapping

from warehouse.storage.errors import PlaceUnreachable, RegistryError

LATER = "The next pull tries again."
RIGHTS = "Let whoever runs the store give the key the right to list this folder and to read its files."
CORRECT = "Correct place, endpoint or region in site.toml."
REFUSES_KEY = (
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "AuthorizationHeaderMalformed",
)
OTHER_PLACE = (
    "PermanentRedirect",
    "TemporaryRedirect",
    "Redirect",
    "IllegalLocationConstraintException",
    "301",
    "307",
    "308",
)
OF_ALL: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(REFUSES_KEY, ("The store refuses the key.", "Correct it in tokens/, or region in site.toml.")),
    **dict.fromkeys(OTHER_PLACE, ("The store sends the request on to another address, which gets no key.", CORRECT)),
    "NoSuchBucket": ("The store has no such bucket.", CORRECT),
    "RequestTimeTooSkewed": ("The clocks of the store and of this machine differ.", "Set this machine's clock."),
}
"""Code of a store's error -> what is wrong with all that is asked of it, and its cure."""
OF_FILE: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("NoSuchKey", "404"), ("It is gone since it was listed.", LATER)),
    **dict.fromkeys(
        ("AccessDenied", "403"), ("The store lists it and refuses to give it.", RIGHTS.replace("its files", "it"))
    ),
    "InvalidObjectState": ("It is in archive storage.", "Let whoever runs the store restore it."),
}
"""Code of a store's error -> what is wrong with one file, and its cure."""
NO_STORE = ("What answers is no S3 store.", CORRECT)
NOT_S3 = "ResponseParserError"
TLS = "SSLError"
SILENT = "ReadTimeoutError"
NO_WAY = (
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ProxyConnectionError",
    "ConnectionError",
    "ConnectionClosedError",
)
"""botocore's errors where a store cannot be reached."""
CERTIFICATE = (
    "Let the store have a certificate of a known authority, or name the file of its authority in REQUESTS_CA_BUNDLE."
)
SERVER_ERRORS = 500


def in_words(error: Exception, is_listing: bool) -> RegistryError:
    """Return what an error of botocore means; while one file is fetched it may concern that file alone."""
    answer = getattr(error, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", ""))
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    kind = type(error).__name__
    if not status:
        return _without_answer(kind, str(error))
    if code in OF_ALL:
        return PlaceUnreachable(*OF_ALL[code])
    if not is_listing and (code in OF_FILE or str(status) in OF_FILE):
        return RegistryError(*OF_FILE.get(code, OF_FILE.get(str(status), ("", ""))))
    if status in (401, 403):
        return PlaceUnreachable(f"The store refuses to list the place ({status}).", RIGHTS)
    if status == 404:
        return PlaceUnreachable("The store has no such bucket (404).", CORRECT)
    if status >= SERVER_ERRORS or status == 429:
        return RegistryError(f"The store fails ({status}).", LATER)
    return RegistryError(f"The store refuses the request ({status}).", CORRECT)


def _without_answer(kind: str, said: str) -> RegistryError:
    if kind == TLS and "CERTIFICATE_VERIFY_FAILED" in said:
        return PlaceUnreachable("The store's certificate is not trusted.", CERTIFICATE)
    if kind == TLS:
        return PlaceUnreachable("The store does not answer with TLS.", CORRECT)
    if kind in NO_WAY:
        return PlaceUnreachable("The store cannot be reached.", "Check the network, and endpoint in site.toml.")
    if kind == SILENT:
        return PlaceUnreachable("The store is silent.", LATER)
    if kind == NOT_S3:
        return PlaceUnreachable(*NO_STORE)
    return RegistryError(f"The store's answer breaks off ({kind}).", LATER)
