"""Reads from a study's clinical table where a specimen was taken from: SAMPLE_TYPE and the columns of sites."""

from collections.abc import Mapping

TYPES = ("SAMPLE_TYPE", "SAMPLE_TYPE_DETAILED", "TUMOR_TYPE", "SAMPLE_CLASS")
PLACES = ("METASTATIC_SITE", "METASTASIS_SITE", "TUMOR_TISSUE_SITE", "BIOPSY_SITE", "TUMOR_SITE")
SITE_COLUMNS = (*TYPES, *PLACES)
PLASMA = "cfdna|ctdna|plasma|liquid|blood"
METASTASIS, PRIMARY = "metasta", "primary|local recurrence"
LIVER, NO_PLACE = "liver|hepat", "unspecified|unknown|not |^n/?a$|^other$"


def specimen_site(cells: Mapping[str, str]) -> str:
    """Return SQL of specimen_site; `cells` is SQL of the columns that the study has.

    A metastasis without a named site is unknown: it may be of the liver or not.
    """
    kinds = [cells[name] for name in TYPES if name in cells]
    kind = f"lower(concat_ws(' ', {', '.join(kinds or [_EMPTY])}))"
    said = [f"nullif(trim({cells[name]}), '')" for name in PLACES if name in cells]
    place = f"lower(coalesce({', '.join(said or [_EMPTY])}))"
    return (
        f"CASE WHEN regexp_matches({kind}, '{PLASMA}') THEN 'ctdna' "
        f"WHEN regexp_matches({kind}, '{METASTASIS}') THEN "
        f"CASE WHEN regexp_matches(concat({kind}, ' ', {place}), '{LIVER}') THEN 'liver_metastasis' "
        f"WHEN regexp_matches({kind}, 'lymph|node') THEN 'other_metastasis' "
        f"WHEN coalesce({place}, '') = '' OR regexp_matches({place}, '{NO_PLACE}') THEN 'unknown' "
        "ELSE 'other_metastasis' END "
        f"WHEN regexp_matches({kind}, '{PRIMARY}') THEN 'primary' ELSE 'unknown' END"
    )


_EMPTY = "''"
