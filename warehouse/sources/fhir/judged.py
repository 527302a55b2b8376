"""Makes the SQL of what the elements of one resource say in our words: judged while a file is read, once for each.

What needs other resources is not judged here, nor what depends on the whole delivery.
"""

from warehouse.sources.fhir.codes import (
    ABLATION_WORDS,
    ABLATIONS,
    CEA,
    DISEASE_STATUS,
    ECOG,
    ECOG_ANSWER,
    EVIDENCE,
    EXAMS,
    GENOTYPES,
    LONGEST,
    MICROWAVE,
    MILLIMETRES,
    MSI,
    MSI_RESULT,
    NG_PER_ML,
    NO_VALUE,
    OWN_ROW,
    PER_MEGABASE,
    PRESENCE,
    RADIOFREQUENCY,
    REGION,
    SITES,
    STATUS_OF_LESION,
    TARGET,
    TMB,
    TUMOUR_SIZE,
)
from warehouse.sources.fhir.references import AS_REFERENCE, target, targets
from warehouse.sources.fhir.sql import has_code, is_component, looked_up, measured, own_code
from warehouse.storage.sql_files import sql_text

KEY = "coalesce(_key, resourceType || '/' || id, _fullUrl)"
VALUE, WHY_NONE = "valueCodeableConcept.coding", "dataAbsentReason.coding"
WORDS = "lower(concat_ws(' ', code.text, array_to_string(list_transform(code.coding, lambda c: c.display), ' ')))"


def _of(resource: str, sql: str) -> str:
    return f"CASE WHEN resourceType = '{resource}' THEN {sql} END"


TOPICS = (
    ("is_size", (TUMOUR_SIZE,)),
    ("is_exam", DISEASE_STATUS),
    ("is_genotype", GENOTYPES),
    ("is_region", (REGION,)),
    ("is_msi", (MSI,)),
    ("is_tmb", (TMB,)),
    ("is_ecog", (ECOG,)),
    ("is_cea", (CEA,)),
)
"""What an observation is about, by its codes; each is a bit of `topics`."""


def _topics() -> str:
    """Return SQL of a number, which has a bit for each of what an observation is about; most have one code."""
    bits: dict[str, int] = {}
    for number, (_, codes) in enumerate(TOPICS):
        for code in codes:
            bits[code] = bits.get(code, 0) | 1 << number
    listed = ", ".join(map(sql_text, bits))
    numbers = ", ".join(map(str, bits.values()))
    first, each = (f"[{numbers}][list_position([{listed}], {code})]" for code in ("code.coding[1].code", "c.code"))
    return (
        f"coalesce(CASE WHEN resourceType = 'Observation' THEN CASE WHEN len(code.coding) = 1 THEN {first} "
        f"ELSE list_aggregate(list_transform(code.coding, lambda c: {each}), 'bit_or') END END, 0)"
    )


def _is_own_row() -> str:
    """Return SQL, true or false: the observation is one of our own of a state that is no gene."""
    systems = "list_transform(code.coding, lambda c: c.system)"
    return _of(
        "Observation",
        f"CASE WHEN len(code.coding) = 1 THEN code.coding[1].system = '{OWN_ROW}' "
        f"ELSE list_contains({systems}, '{OWN_ROW}') END",
    )


def _one_lesion() -> str:
    """Return SQL of the reference to a lesion where there is one, as in most procedures and observations."""
    is_target = f"lower(extension[1].url) = '{TARGET.lower()}'"
    return (
        f"CASE WHEN resourceType = 'Observation' AND len(focus) = 1 THEN focus[1] WHEN resourceType = 'Procedure' "
        f"AND len(extension) = 1 AND {is_target} THEN extension[1].valueReference END"
    )


def _lesions() -> str:
    """Return SQL of the keys of the lesions that a procedure treats, or that an observation is about."""
    listed = f"list_filter(extension, lambda e: lower(e.url) = '{TARGET.lower()}')"
    treated = targets(f"list_transform({listed}, lambda e: e.valueReference)", "own_key")
    return (
        f"CASE WHEN one_lesion IS NOT NULL THEN [{target('one_lesion', 'own_key')}] "
        f"WHEN resourceType = 'Procedure' AND extension IS NOT NULL THEN {treated} "
        f"WHEN resourceType = 'Observation' AND focus IS NOT NULL THEN {targets('focus', 'own_key')} END"
    )


def _whom() -> str:
    """Return SQL of the key of the patient; most references are Patient/ and an id, which is the key."""
    signs = " AND ".join(f"NOT contains(whose, '{sign}')" for sign in (":", "#", "?", "/_history/"))
    return f"CASE WHEN {signs} THEN whose ELSE {target('coalesce(subject, patient)', 'own_key')} END"


def _keys(element: str) -> str:
    return f"CASE WHEN {element} IS NOT NULL THEN {targets(element, 'own_key')} END"


def _specimen() -> str:
    """Return SQL of the reference to the specimen of an observation, or to the first of a report."""
    one, several = AS_REFERENCE, f"'[' || {AS_REFERENCE} || ']'"
    return (
        f"CASE WHEN specimen IS NOT NULL THEN CASE resourceType WHEN 'Observation' THEN "
        f"json_transform(specimen, {one}) WHEN 'DiagnosticReport' THEN json_transform(specimen, {several})[1] END END"
    )


def _exam() -> str:
    """Return SQL of the modality of an exam: of its ImagingStudy, or of the observation's method or evidence."""
    evidence = f"list_filter(extension, lambda e: e.url = '{EVIDENCE}')[1].valueCodeableConcept.coding"
    studied = 'json_transform(modality, \'[{"code": "VARCHAR"}]\')'
    by_evidence = f"CASE WHEN extension IS NOT NULL THEN {looked_up(evidence, EXAMS)} END"
    return (
        f"CASE WHEN is_exam THEN coalesce({looked_up('method.coding', EXAMS)}, {by_evidence}) "
        f"WHEN resourceType = 'ImagingStudy' THEN {looked_up(studied, EXAMS)} END"
    )


def _ablated_by() -> str:
    """Return SQL of the modality of an ablation: of its code, else of its words."""
    modality = {code: found for code, (found, _) in ABLATIONS.items() if found}
    by_words = (
        f"CASE WHEN regexp_matches({WORDS}, '{RADIOFREQUENCY}') THEN 'rfa' "
        f"WHEN regexp_matches({WORDS}, '{MICROWAVE}') THEN 'mwa' END"
    )
    return _of("Procedure", f"coalesce({looked_up('code.coding', modality)}, {by_words})")


def _is_ablation() -> str:
    """Return SQL, true or false: the procedure is an ablation of the liver, by its code or in words."""
    by_words = f"coalesce(regexp_matches({WORDS}, '{ABLATION_WORDS}'), false)"
    return _of("Procedure", f"CASE WHEN {has_code('code.coding', ABLATIONS)} THEN true ELSE {by_words} END")


def _length() -> str:
    """Return SQL of the quantity of a tumour's size: its longest diameter, else the value of the observation itself."""
    is_first = f"component[1].code.coding[1].code = {sql_text(LONGEST)}"
    place = f"list_position(list_transform(component, lambda x: coalesce({is_component(LONGEST)}, false)), true)"
    other = f"list_transform(component, lambda x: x.valueQuantity)[{place}]"
    longest = f"CASE WHEN {is_first} THEN component[1].valueQuantity ELSE {other} END"
    return f"CASE WHEN is_size THEN coalesce({longest}, valueQuantity) END"


def _rating() -> str:
    """Return SQL of an ECOG status, or of the CEA in ng/ml."""
    answer = looked_up(VALUE, ECOG_ANSWER)
    return (
        f"CASE WHEN is_ecog THEN coalesce(valueInteger, {answer}, valueQuantity.value) "
        f"WHEN is_cea THEN {measured('valueQuantity', NG_PER_ML)} END"
    )


def _specimen_site() -> str:
    kind = 'json_transform(type, \'{"coding": [{"system": "VARCHAR", "code": "VARCHAR"}]}\').coding'
    by_kind = f"CASE WHEN type IS NOT NULL AND {looked_up(kind, SITES)} = 'ctdna' THEN 'ctdna' END"
    site = "collection.bodySite.coding"
    found = f"coalesce({own_code(site, 'specimen_site')}, {by_kind}, {looked_up(site, SITES)})"
    return _of("Specimen", found)


MODALITIES = {code: approach for code, (_, approach) in ABLATIONS.items()}
BEFORE = {
    "own_key": KEY,
    "topics": _topics(),
    "whose": "CASE WHEN subject IS NOT NULL THEN subject.reference ELSE patient.reference END",
}
"""What the others are made of."""
ABOUT = {name: f"topics & {1 << number} <> 0" for number, (name, _) in enumerate(TOPICS)}
ABOUT |= {"length": _length(), "specimen_said": _specimen(), "is_own_row": _is_own_row(), "one_lesion": _one_lesion()}
JUDGED = {
    "is_own_row": "is_own_row",
    "whom": _whom(),
    "lesions": _lesions(),
    "parts": _keys("partOf"),
    "derived": _keys("derivedFrom"),
    "results": _keys("result"),
    "specimen_key": f"CASE WHEN specimen_said IS NOT NULL THEN {target('specimen_said', 'own_key')} END",
    "size": f"CASE WHEN is_size THEN {measured('length', MILLIMETRES)} END",
    "trend": f"CASE WHEN is_exam THEN coalesce({looked_up(VALUE, STATUS_OF_LESION)}, "
    "CASE WHEN dataAbsentReason IS NOT NULL THEN 'not_assessed' END) END",
    "own_status": f"CASE WHEN is_exam THEN {own_code(VALUE, 'lesion_status')} END",
    "own_result": f"CASE WHEN is_own_row OR is_genotype THEN {own_code(VALUE, 'result')} END",
    "exam": _exam(),
    "ablated_by": _ablated_by(),
    "approach": _of("Procedure", looked_up("code.coding", MODALITIES)),
    "is_ablation": _is_ablation(),
    "rating": _rating(),
    "marker": "CASE WHEN is_msi THEN 'MSI' WHEN is_tmb THEN 'TMB' END",
    "marker_result": f"CASE WHEN is_msi OR is_tmb THEN coalesce({looked_up(VALUE, MSI_RESULT)}, "
    "CASE WHEN NOT is_msi AND valueQuantity.value IS NOT NULL THEN 'measured' END, 'indeterminate') END",
    "tmb_per_mb": f"CASE WHEN is_tmb AND NOT is_msi THEN {measured('valueQuantity', PER_MEGABASE)} END",
    "presence": f"CASE WHEN is_own_row OR is_genotype THEN {looked_up(VALUE, PRESENCE)} END",
    "no_value": f"CASE WHEN {WHY_NONE} IS NOT NULL THEN {looked_up(WHY_NONE, NO_VALUE)} END",
    "specimen_site": _specimen_site(),
    "component": "CASE WHEN is_genotype OR derivedFrom IS NOT NULL THEN component END",
}
"""Column of the table of resources -> SQL of the elements; those of `is_...` and `marker` may stand in later ones."""
