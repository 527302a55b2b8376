"""Reads the file that a source names as its dictionary: a REDCap project's, as CSV or XML, or Castor's option groups.

Its text was decoded without an error (dictionary_text.py), so that one site's file cannot stop the others.
"""

from pathlib import Path

from warehouse.sources.dictionary_text import text_of
from warehouse.sources.redcap_dictionary import DOWNLOAD, Dictionary, read_dictionary
from warehouse.storage.errors import RegistryError

MOST_BYTES = 1 << 26
"""The largest dictionary that is read, 64 MB; that of a project with ten thousand fields has 2 MB."""
NOT_UTF8 = 'In Excel, save it as "CSV UTF-8", or download it again and do not open it in Excel.'


def check_dictionary(kind: str, path: Path) -> None:
    """Read the file as the dictionary of a source of that kind. Raises RegistryError if it is none."""
    with open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    is_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if is_xml:  # one with records is refused before they are read
        content = content[:MOST_BYTES]
    elif len(content) > MOST_BYTES:
        raise RegistryError("The file is larger than any data dictionary.", DOWNLOAD)
    text = text_of(content)
    if kind == "castor":
        from warehouse.sources.castor.option_groups import read_option_groups

        read_option_groups([checked_text(text)])
    else:
        read_project_dictionary(text)


def read_project_dictionary(text: str) -> Dictionary:
    """Return a REDCap project's data dictionary: the CSV, or the XML of the project without its records.

    Raises RegistryError if it is neither.
    """
    checked_text(text)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        from warehouse.sources.redcap_odm import dictionary_in

        return dictionary_in(text)
    return read_dictionary(text)


def checked_text(text: str) -> str:
    """Return the text. Raises RegistryError if the bytes that it was decoded from are not UTF-8."""
    if any("\udc80" <= sign <= "\udcff" for sign in text):
        raise RegistryError("The data dictionary is not UTF-8.", NOT_UTF8)
    return text
