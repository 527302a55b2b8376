"""Defines a sentence that remembers its template and values, so that it can be said in another language.

A sentence that reaches a site is written once, in English, as a template with named values. It is its English text
wherever a text is expected; who knows another template for the same English one can fill in the same values.
"""

from typing import Any


class Said(str):
    """An English sentence, and what it was made of: `Said("Due on {day}.", day="2026-12-31")`."""

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> "Said":
        """Return the sentence. KeyError if the template names a value that is not given."""
        said = super().__new__(cls, template.format(**values))
        said.template, said.values = template, values
        return said

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.template,), self.values
