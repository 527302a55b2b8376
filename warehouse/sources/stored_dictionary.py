"""Stores a REDCap data dictionary as text: an XML of a project holds one, and what is kept of it needs it too."""

import json
from dataclasses import asdict

from warehouse.sources.redcap_dictionary import Dictionary, DictionaryField


def as_text(dictionary: Dictionary) -> str:
    """Return the dictionary as JSON."""
    return json.dumps(asdict(dictionary), ensure_ascii=False)


def from_text(text: str) -> Dictionary:
    """Return the dictionary that as_text wrote."""
    content = json.loads(text)
    fields = tuple(DictionaryField(**one) for one in content["fields"])
    return Dictionary(fields, content["form_labels"], content.get("missing", {}))
