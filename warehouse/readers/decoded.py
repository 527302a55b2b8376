"""Writes a text file in another encoding as UTF-8, in pieces, so that a file of any size needs little memory.

The encoding is what the site said. A byte order mark is the file's own word and is believed before the site's.
"""

import codecs
from pathlib import Path

from warehouse.readers import copies
from warehouse.storage.errors import DeliveryRejected

UTF8 = "utf-8"
CHUNK_BYTES = 1 << 20
MARKED = "Read as UTF-8, as its byte order mark says, and not as {}."
DOUBTED = "All of the file is also valid UTF-8: if names of patients look odd, it is not {}."


def in_utf8(path: Path, encoding: str) -> tuple[Path, str]:
    """Return the file, or a copy in UTF-8 beside it, and a remark on its encoding, '' if there is nothing to say.

    A file said to be UTF-8 is returned unread. Raises DeliveryRejected if Python does not know the encoding, or if
    bytes of the file have no meaning in it.
    """
    codec = _codec(encoding)
    if codec.name in (UTF8, "utf-8-sig"):
        return path, ""
    if is_marked(path):
        return path, MARKED.format(codec.name)
    target = copies.as_utf8(path, codec.name)
    is_utf8 = _decode(path, target, codec)
    return target, DOUBTED.format(codec.name) if is_utf8 else ""


def is_marked(path: Path) -> bool:
    """Return whether the file begins with the byte order mark of UTF-8."""
    with open(path, "rb") as file:
        return file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8


def _codec(encoding: str) -> codecs.CodecInfo:
    unknown = DeliveryRejected(
        "The encoding in site.toml is not one of a text.", 'Write one like "cp1252", "utf-16" or "utf-8" there.'
    )
    try:
        b"a".decode(encoding, "ignore")  # refuses what is known but does not make text, like base64
        codec = codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise unknown from None
    if codec.incrementaldecoder is None:
        raise unknown
    return codec


def _decode(path: Path, target: Path, codec: codecs.CodecInfo) -> bool:
    """Write the file in UTF-8. Return whether its bytes are UTF-8 beyond ASCII as well, which few other texts are."""
    assert codec.incrementaldecoder is not None
    decoder, doubt = codec.incrementaldecoder("strict"), _Doubt()
    n_ends, last = 0, ""
    with open(path, "rb") as source, open(target, "wb") as sink:
        while True:
            chunk, state = source.read(CHUNK_BYTES), decoder.getstate()
            doubt.add(chunk)
            try:
                text = decoder.decode(chunk, not chunk)
                sink.write(text.encode(UTF8))
            except UnicodeError as error:
                n_good = error.start - len(state[0]) if isinstance(error, UnicodeDecodeError) else 0
                again = codec.incrementaldecoder("ignore")
                again.setstate(state)
                before = again.decode(chunk[: max(n_good, 0)])
                raise _refused(n_ends + _ends(before, last) + 1, codec.name) from None
            n_ends, last = n_ends + _ends(text, last), text[-1:] or last
            if not chunk:
                return doubt.is_utf8


def _ends(text: str, last: str) -> int:
    """Return the number of line ends in a piece of text; `last` is the character before it."""
    n_pairs = text.count("\r\n") + (last == "\r" and text.startswith("\n"))
    return text.count("\n") + text.count("\r") - n_pairs


def _refused(line: int, name: str) -> DeliveryRejected:
    return DeliveryRejected(
        f"Line {line:,} of the file has bytes that mean nothing in {name}.",
        "Write the file's own encoding into site.toml; `registry map` proposes it.",
    )


class _Doubt:
    """Asks whether bytes are UTF-8 beyond ASCII."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(UTF8)()
        self._may_be, self._is_beyond_ascii = True, False

    def add(self, chunk: bytes) -> None:
        """Look at one more chunk; an empty one is the end."""
        if not self._may_be or (chunk.isascii() and chunk):
            return
        try:
            self._decoder.decode(chunk, not chunk)
            self._is_beyond_ascii |= bool(chunk)
        except UnicodeDecodeError:
            self._may_be = False

    @property
    def is_utf8(self) -> bool:
        """Return whether all bytes so far are UTF-8, and some are not ASCII."""
        return self._may_be and self._is_beyond_ascii
