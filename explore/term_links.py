"""Says in a link how a column enters a model: kras, cea_ng_ml:log:2, max_diameter_mm:per:5 or max_diameter_mm:at:20."""

from pydantic import ValidationError

from explore.attributes import LinkRefused
from warehouse.cohorts.terms import Term, number

PER, LOG, AT = "per", "log", "at"


def text_of(term: Term) -> str:
    """Return the term as a link says it; one with a reference in JSON."""
    texts = [term.column]
    texts += [f"{term.column}:{PER}:{number(term.per)}"] if term.per else []
    texts += [f"{term.column}:{LOG}:{number(term.log)}"] if term.log else []
    if isinstance(term.categories, list):
        texts.append(f"{term.column}:{AT}:{','.join(number(cut) for cut in term.categories)}")
    return next((text for text in texts if term_in(text) == term), term.model_dump_json(exclude_defaults=True))


def term_in(text: str) -> Term:
    """Return the term that a link says. LinkRefused if it cannot be meant.

    >>> term_in("max_diameter_mm:per:5").name, term_in("cea_ng_ml:log:2").name, term_in("kras").name
    ('max_diameter_mm per 5', 'log2(cea_ng_ml)', 'kras')
    """
    try:
        if text.startswith("{"):
            return Term.model_validate_json(text)
        column, how, said = [*text.split(":"), "", ""][:3]
        if how in (PER, LOG):
            return Term.model_validate({"column": column, how: float(said)})
        if how == AT:
            return Term(column=column, categories=[float(cut) for cut in said.split(",")])
        if not how:
            return Term(column=column)
    except ValueError as error:  # pydantic's own is one
        assert isinstance(error, ValueError | ValidationError)
    raise LinkRefused("The link's model cannot be read.", "Begin again from the first page.")
