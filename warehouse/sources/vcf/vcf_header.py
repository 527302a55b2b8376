"""Reads the header of a VCF: the samples and which of them are tumours, the build, and where annotations are.

VCF 4.x ("The Variant Call Format Specification", samtools/hts-specs); VEP's CSQ lists its fields in its description,
SnpEff's ANN has fixed ones ("Variant annotations in VCF format", 2015). Both may have another name in INFO.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from warehouse.sources.molecular.genome import GRCH37, GRCH38
from warehouse.storage.errors import DeliveryRejected

FIRST_LINE = "##fileformat=VCF"
COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
FORMAT_AT = len(COLUMNS)
INFO = re.compile(r'##INFO=<.*?ID=([^,>]+).*?Description="([^"]*)"', re.IGNORECASE)
FIELDS = re.compile(r"(?:Format:|Functional annotations:)\s*'?\s*([^'\"]*)")
NAME_OF = re.compile(r"##SAMPLE=<(?:.*,)?ID=([^,>]+).*?(?<![a-z])(?:NAME|SampleName)=([^,>]+)", re.IGNORECASE)
FEWEST_FIELDS = 4
"""An annotation has at least allele, effect, gene and transcript."""
PART_OF = re.compile(r"##(tumor|normal)_sample=(.+)")
PARTS_OF_CALLER = re.compile(r"\b(tumor|normal)_sample_name=([^\s\",>]+)")
"""How MuTect 1 names them in the line of its own arguments."""
PEDIGREE = re.compile(r"##PEDIGREE=<(?=.*Derived=([^,>]+))(?=.*Original=([^,>]+))", re.IGNORECASE)
CALLERS = ("##MuTect=", "##GATKCommandLine")
GENERIC = {
    **dict.fromkeys(("tumor", "tumour", "primary", "dna_tumor", "tumor_sample", "somaticsample"), True),
    **dict.fromkeys(("normal", "blood_normal", "dna_normal", "normal_sample", "normalsample"), False),
    **dict.fromkeys(("rna_tumor", "rna_normal"), False),
}
"""Names of columns that callers use for any patient: whether they are read. RNA is the same tumour once more."""
NORMAL = re.compile("(?:^|[^a-z])normal(?:$|[^a-z])", re.IGNORECASE)
BUILD_MARKS = ((GRCH37, re.compile("hg19|grch37|hs37|b37|g1k", re.I)), (GRCH38, re.compile("hg38|grch38|hs38", re.I)))
NAMES_BUILD = re.compile(r"##(\w*(reference|assembly|ref_genome)\w*|SnpEffCmd)=", re.IGNORECASE)
"""Lines that name a genome: of callers, of lifting over, and of SnpEff."""
LENGTHS = {
    **dict.fromkeys(("249250621", "159138663", "133851895"), GRCH37),
    **dict.fromkeys(("248956422", "159345973", "133275309"), GRCH38),
}
"""Lengths of the chromosomes 1, 7 and 12, which tell a build."""
CONTIG = re.compile(r"##contig=<.*?ID=(?:chr)?(?:1|7|12),.*?length=(\d+)", re.IGNORECASE)
CSQ, ANN = "CSQ", "ANN"
OF_GENES = ("LOF", "NMD")
"""SnpEff's fields with parts of their own that say nothing of a transcript."""
OF_ANN = (
    *("allele", "annotation", "annotation_impact", "gene_name", "gene_id", "feature_type", "feature_id"),
    *("transcript_biotype", "rank", "hgvs.c", "hgvs.p"),
)
"""SnpEff's field and its parts, which it has whether or not the header describes it."""
NO_VCF = "The file is no VCF: it has no line #CHROM below ##fileformat=VCF."
NO_VCF_CURE = "Deliver a VCF 4, plain or packed by gzip or bgzip."


@dataclass(frozen=True)
class VcfHeader:
    """What a VCF says of itself. `columns` are those of its samples, of which `tumours` are read, by their place.

    `names` are the samples' own, '' where a column is called TUMOR and nothing says whose it is.
    `annotations` are the fields of INFO that have annotations, VEP's first, with their parts in lower case; SnpEff's
    if the header describes none. `is_annotated` says whether the header describes one.
    """

    columns: Sequence[str]
    tumours: Sequence[int]
    names: Sequence[str]
    annotations: Mapping[str, Sequence[str]]
    build: str | None
    is_annotated: bool = True


def read_header(lines: Iterable[str]) -> VcfHeader:
    """Return what the lines up to #CHROM say. Raises DeliveryRejected if they are none of a VCF."""
    annotations, build, said = dict[str, Sequence[str]](), None, dict[str, str]()
    for number, line in enumerate(lines):
        line = line.rstrip("\r\n")
        if number == 0 and not line.startswith(FIRST_LINE):
            break
        if line.startswith("#CHROM"):
            return _with_samples(line.split("\t"), said, annotations or {ANN: OF_ANN}, build, bool(annotations))
        if not line.startswith("##"):
            break
        if (found := INFO.match(line)) and found[1] not in OF_GENES and (parts := _fields(found[2])):
            annotations = {found[1]: parts} | annotations if found[1] == CSQ else {**annotations, found[1]: parts}
        if found := PART_OF.match(line):
            said[found[1]] = found[2].strip()
        if line.startswith(CALLERS):
            said |= {part: name for part, name in PARTS_OF_CALLER.findall(line) if part not in said}
        if found := PEDIGREE.match(line):
            said = {"tumor": found[1].strip(), "normal": found[2].strip(), **said}
        if found := NAME_OF.match(line):
            said[f"of {found[1].lower()}"] = found[2].strip().strip('"')
        build = build or _build(line)
    raise DeliveryRejected(NO_VCF, NO_VCF_CURE)


def _fields(description: str) -> list[str]:
    found = FIELDS.search(description)
    parts = [part.strip().strip("'").lower() for part in found[1].split("|")] if found else []
    is_of_one_word = parts[:1] and "(" not in parts[0]  # EFF of SnpEff before 4.1 is Effect(Impact|...)
    return parts if len(parts) >= FEWEST_FIELDS and is_of_one_word else []


def _build(line: str) -> str | None:
    names_build = NAMES_BUILD.match(line) is not None or "assembly=" in line
    marked = next((build for build, mark in BUILD_MARKS if mark.search(line)), None) if names_build else None
    if marked:
        return marked
    found = CONTIG.match(line)
    return LENGTHS.get(found[1]) if found else None


def _with_samples(
    titles: Sequence[str],
    said: dict[str, str],
    annotations: Mapping[str, Sequence[str]],
    build: str | None,
    is_annotated: bool,
) -> VcfHeader:
    if tuple(titles[:FORMAT_AT]) != COLUMNS:
        raise DeliveryRejected(NO_VCF, NO_VCF_CURE)
    columns = list(titles[FORMAT_AT + 1 :])
    normal, tumour = said.get("normal"), said.get("tumor")
    normals = {name for name in columns if (name == normal if normal in columns else NORMAL.search(name))}
    if normals >= set(columns):
        normals = set()
    is_said = tumour in columns and len(columns) == 2
    tumours = [
        place
        for place, name in enumerate(columns)
        if name not in normals and (name == tumour or not is_said) and GENERIC.get(name.lower(), True)
    ]
    generic = tumour if tumour and tumour not in columns else ""
    names = [said.get(f"of {name.lower()}", generic) if name.lower() in GENERIC else name for name in columns]
    return VcfHeader(columns, tumours, names, annotations, build, is_annotated)
