"""Stores what is known of an opened study beside its rows, as text: what is kept of a ZIP needs it too."""

import json

from warehouse.readers.source import Source
from warehouse.sources.castor.option_groups import OptionGroups
from warehouse.sources.castor.prepare import Castor


def as_text(castor: Castor) -> str:
    """Return everything but the rows as JSON."""
    groups = castor.groups and {"options": dict(castor.groups.options), "kinds": dict(castor.groups.kinds)}
    forms = castor.forms and [[place, *form] for place, form in castor.forms.items()]
    return json.dumps({"file_name": castor.file_name, "groups": groups, "forms": forms}, ensure_ascii=False)


def from_text(source: Source, text: str) -> Castor:
    """Return the study whose rows are `source`, and of which as_text wrote `text`; '' for a file of one form."""
    if not text:
        return Castor(source, "")
    content = json.loads(text)
    groups = content["groups"] and OptionGroups(**content["groups"])
    forms = content["forms"] and {place: (kind, name) for place, kind, name in content["forms"]}
    return Castor(source, content["file_name"], groups, forms)
