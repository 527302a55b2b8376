"""Proposes the encoding of a text file: the one that decodes all of it into plausible letters.

Bytes beyond ASCII mean something in many encodings. What they become is judged by its neighbours: a capital after a
small letter, or a sign within a word, speaks against an encoding.
"""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from warehouse.readers.recognise import MOSTLY

WESTERN = frozenset("äöüÄÖÜßéèêëàâáãçñíìîïóòôõúùûœæåøÉÈÊÀÂÁÇÑÍÓÚÔÎŒÆÅØıÿ")
EASTERN = frozenset("ąćęłńśźżĄĆĘŁŃŚŹŻčďěňřšťůžýČĎĚŇŘŠŤŮŽÝőűŐŰăâîșțşţđĐ")
SIGNS = frozenset("°µ²³±–—‘’“”„…€×≤≥«»§½¼·•ºª®©¿¡ ")
ORDINALS = frozenset("ºª")
"""Signs that are as good as a letter after n, a point or a digit: Nº in Spanish and Portuguese."""
CANDIDATES = ("cp1252", "cp1250", "mac_roman", "cp850")
"""Encodings of single bytes, the likeliest first: of two that are equally plausible the first is proposed."""
CHINESE = "gb18030"
HIGH_RUN = re.compile(rb"(?<![\x80-\xff])([^\x80-\xff]?)([\x80-\xff]+)(?=([^\x80-\xff]?))")
COMMON = (("\u3000", "\u303f"), ("\u4e00", "\u9fff"), ("\uff00", "\uffef"))
"""First and last of Chinese punctuation, common characters and wide forms."""
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
HIGH_BYTES = bytes(range(0x80, 0x100))
NEARLY_ALL = 0.9
PLAUSIBLE = 0.3
"""Score of a character beyond ASCII below which no encoding convinces: a letter counts 1, a sign within a word -2."""
LOOKED_AT_BYTES, CHUNK_BYTES = 1 << 22, 1 << 20
SHOWN = {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "mac_roman": "Mac Roman", "cp850": "DOS 850"}


@dataclass(frozen=True)
class Encoding:
    """An encoding, and the others that are as plausible and would give other text.

    `is_ascii`: the file has nothing beyond ASCII, so that most encodings would do.
    """

    name: str
    doubts: tuple[str, ...] = ()
    is_ascii: bool = False

    @property
    def is_default(self) -> bool:
        """Return whether a file is read so without a word in site.toml."""
        return self.name == "utf-8"


def sample_of(path: Path) -> bytes:
    """Return what of a text file tells its encoding: its start, and of the rest the lines beyond ASCII."""
    with open(path, "rb") as file:
        found = file.read(CHUNK_BYTES)
        if found.count(0) or not found.endswith(b"\n"):
            found += file.read(CHUNK_BYTES) if found.count(0) else file.readline(CHUNK_BYTES)
        if found.count(0):
            return found  # two bytes a character: the start tells
        while len(found) < LOOKED_AT_BYTES and (chunk := file.read(CHUNK_BYTES)):
            chunk += file.readline(CHUNK_BYTES)
            if not chunk.isascii():
                found += b"".join(line for line in chunk.splitlines(keepends=True) if not line.isascii())
    return found


def encoding_of(content: bytes) -> Encoding:
    """Return the encoding of a text file by what sample_of returns of it."""
    if content.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16")
    if content.count(0) > MOSTLY * len(content):
        return Encoding("utf-16-be" if content.startswith(b"\0") else "utf-16-le")
    if _decoded(content, "utf-8") is not None:
        return Encoding("utf-8", is_ascii=content.isascii())
    if _is_chinese(content):
        return Encoding(CHINESE)
    texts = {name: text for name in CANDIDATES if (text := _decoded(content, name)) is not None}
    if not texts:
        return Encoding("latin-1")
    scores = {name: plausibility(text) for name, text in texts.items()}
    best = max(texts, key=lambda name: scores[name])
    n_beyond = len(content) - len(content.translate(None, HIGH_BYTES))
    is_plausible = scores[best] > PLAUSIBLE * n_beyond
    doubts = [
        n for n in texts if n != best and (scores[n] == scores[best] or not is_plausible) and texts[n] != texts[best]
    ]
    return Encoding(best, tuple(doubts))


def _decoded(content: bytes, name: str) -> str | None:
    """Return the text, None if bytes mean nothing in the encoding. A character cut off at the end is left out."""
    try:
        return codecs.getincrementaldecoder(name)("strict").decode(content, final=content.endswith(b"\n"))
    except UnicodeDecodeError:
        return None


def _is_chinese(content: bytes) -> bool:
    """Return whether nearly all characters beyond ASCII are common Chinese ones.

    Their bytes come in pairs and are not surrounded by Latin letters, as the two bytes in Größe are.
    """
    text = _decoded(content, CHINESE)
    if text is None:
        return False
    beyond = BEYOND_ASCII.findall(text)
    common = sum(any(first <= letter <= last for first, last in COMMON) for letter in beyond)
    runs = HIGH_RUN.findall(content)
    n_whole = sum(len(run) % 2 == 0 for before, run, after in runs if not (before.isalpha() and after.isalpha()))
    return bool(beyond) and common >= NEARLY_ALL * len(beyond) and n_whole >= NEARLY_ALL * len(runs)


def plausibility(text: str) -> int:
    """Return how much the characters beyond ASCII look like words: letters count for, broken words against.

    >>> plausibility("Größe") > plausibility("GrˆﬂÅe"), plausibility("Läsion") > plausibility("L„sion")
    (True, True)
    """
    score = 0
    for found in BEYOND_ASCII.finditer(text):
        letter, place = found.group(), found.start()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        is_within = before.isalpha() and after.isalpha()
        if letter in WESTERN or letter in EASTERN:
            score += -1 if letter.isupper() and before.islower() else 1
        elif letter in ORDINALS and (before in tuple("nN.") or before.isdigit()):
            score += 1
        elif letter in SIGNS:
            score -= 2 if is_within and letter not in "’·" else 0
        else:
            score -= 2
    return score
