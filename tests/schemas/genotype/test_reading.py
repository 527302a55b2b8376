"""One cell, one reading: what is named, how far it could be read, and whether it accuses (GEN-03).

Columns: gene, text as written, canonical name ('-' for none), status, class ('-' for none), accuses a
wild_type result (yes, no).
"""

import pytest

from schemas.genotype import describe

TABLE = """
# substitutions beyond the dictionary
KRAS | p.G12F                        | p.G12F            | parsed     | hotspot                | yes
KRAS | c.34_35delinsTT               | p.G12F            | parsed     | hotspot                | yes
KRAS | c.34_35GG>TT                  | p.G12F            | parsed     | hotspot                | yes
KRAS | c.34_36delGGTinsTGT           | p.G12C            | parsed     | hotspot                | yes
KRAS | p.G12delinsV                  | p.G12V            | parsed     | hotspot                | yes
KRAS | p.Gly12_Gly13delinsAspAsp     | p.G12_G13delinsDD | parsed     | hotspot                | yes
KRAS | p.L19F                        | p.L19F            | parsed     | non_hotspot_pathogenic | yes
KRAS | c.57G>C                       | p.L19F            | parsed     | non_hotspot_pathogenic | yes
KRAS | p.L79F                        | p.L79F            | parsed     | vus                    | no
KRAS | p.L79F, pathogenic            | p.L79F            | parsed     | non_hotspot_pathogenic | yes
KRAS | p.L79F (likely pathogenic)    | p.L79F            | parsed     | non_hotspot_pathogenic | yes
KRAS | p.L79F (likely benign)        | p.L79F            | parsed     | benign                 | no
KRAS | p.L79F VUS                    | p.L79F            | parsed     | vus                    | no
KRAS | c.236T>C                      | p.L79P            | parsed     | vus                    | no
NRAS | p.G60E                        | p.G60E            | parsed     | vus                    | no
TP53 | p.R175H                       | p.R175H           | parsed     | vus                    | no
TP53 | R213X                         | p.R213*           | parsed     | vus                    | no
# other kinds of change
KRAS | p.G12=                        | p.G12=            | parsed     | synonymous             | no
KRAS | G12G                          | p.G12=            | parsed     | synonymous             | no
KRAS | c.36T>C                       | p.G12=            | parsed     | synonymous             | no
KRAS | p.Q61*                        | p.Q61*            | parsed     | vus                    | no
KRAS | p.Gly12Valfs*3                | p.G12Vfs*3        | parsed     | vus                    | no
KRAS | c.111+1G>A                    | c.111+1G>A        | parsed     | vus                    | no
KRAS | c.34delG                      | p.G12fs*3         | parsed     | vus                    | no
KRAS | p.G12_G13insG                 | p.G12_G13insG     | parsed     | vus                    | no
KRAS | p.G13dup                      | p.G13dup          | parsed     | vus                    | no
# places without the change
KRAS | G12X                          | codon 12          | codon_only | hotspot                | yes
KRAS | p.Gly12?                      | codon 12          | codon_only | hotspot                | yes
KRAS | G12D/V                        | codon 12          | codon_only | hotspot                | yes
KRAS | codon 12                      | codon 12          | codon_only | hotspot                | yes
KRAS | 12密码子突变                  | codon 12          | codon_only | hotspot                | yes
KRAS | codon 12/13 mutation          | codon 12; codon 13 | codon_only | hotspot               | yes
KRAS | codons 12 and 13 tested       | codon 12; codon 13 | codon_only | hotspot               | no
KRAS | codon 19                      | codon 19          | codon_only | -                      | no
KRAS | codon 19 mutated              | codon 19          | codon_only | -                      | yes
KRAS | exon 2 mutation               | exon 2            | exon_only  | -                      | yes
KRAS | 第2外显子突变                 | exon 2            | exon_only  | -                      | yes
KRAS | 外显子二突变型                | exon 2            | exon_only  | -                      | yes
KRAS | exon 2                        | exon 2            | exon_only  | -                      | no
KRAS | exon 2, codon 12, p.G12D      | p.G12D            | parsed     | hotspot                | yes
# statements without a name
KRAS | mutated                       | mutated           | nos        | -                      | yes
KRAS | mut                           | mutated           | nos        | -                      | yes
KRAS | 突变型                        | mutated           | nos        | -                      | yes
KRAS | 阳性                          | mutated           | nos        | -                      | yes
KRAS | KRAS (+)                      | mutated           | nos        | -                      | yes
KRAS | non-wild-type                 | mutated           | nos        | -                      | yes
KRAS | possibly mutated              | mutated           | nos        | -                      | no
KRAS | VUS                           | vus               | nos        | vus                    | no
KRAS | synonymous mutation           | synonymous        | nos        | synonymous             | no
# negative
KRAS | WT                            | -                 | negative   | -                      | no
KRAS | wild-type                     | -                 | negative   | -                      | no
KRAS | 野生型                        | -                 | negative   | -                      | no
KRAS | 野生                          | -                 | negative   | -                      | no
KRAS | 未检测到突变                  | -                 | negative   | -                      | no
KRAS | 未检出KRAS/NRAS/BRAF突变      | -                 | negative   | -                      | no
KRAS | 突变：阴性                    | -                 | negative   | -                      | no
KRAS | no mutation detected          | -                 | negative   | -                      | no
KRAS | not mutated                   | -                 | negative   | -                      | no
KRAS | G12D not detected             | -                 | negative   | -                      | no
KRAS | no G12D, G13D                 | -                 | negative   | -                      | no
KRAS | G12D, G12V, G13D: not found   | -                 | negative   | -                      | no
KRAS | G12D, not detected            | -                 | negative   | -                      | no
KRAS | negative for G12D             | -                 | negative   | -                      | no
KRAS | G12D (-)                      | -                 | negative   | -                      | no
KRAS | exons 2-4: no mutation        | -                 | negative   | -                      | no
KRAS | No mutation in codons 12/13/61 | -                | negative   | -                      | no
KRAS | KRAS/NRAS/BRAF wild type      | -                 | negative   | -                      | no
KRAS | p.(=)                         | -                 | negative   | -                      | no
# a text that says nothing
KRAS | not tested                    | -                 | empty      | -                      | no
KRAS | 未检测                        | -                 | empty      | -                      | no
KRAS | ND                            | -                 | empty      | -                      | no
KRAS | N/A                           | -                 | empty      | -                      | no
KRAS | failed                        | -                 | empty      | -                      | no
KRAS | insufficient tissue           | -                 | empty      | -                      | no
KRAS | 样本量不足                    | -                 | empty      | -                      | no
KRAS | equivocal                     | -                 | empty      | -                      | no
KRAS | --                            | -                 | empty      | -                      | no
KRAS | ?                             | -                 | empty      | -                      | no
# a text that cannot be read, or that no KRAS can have
KRAS | G12B                          | -                 | unparsed   | -                      | no
KRAS | see report                    | -                 | unparsed   | -                      | no
KRAS | 12                            | -                 | unparsed   | -                      | no
KRAS | p.A12D                        | -                 | unparsed   | -                      | no
KRAS | V600E                         | -                 | unparsed   | -                      | no
KRAS | c.35A>G                       | -                 | unparsed   | -                      | no
KRAS | codon 999                     | -                 | unparsed   | -                      | no
KRAS | rs121913529                   | -                 | unparsed   | -                      | no
KRAS | NRAS Q61K                     | -                 | unparsed   | -                      | no
# several things in one cell
KRAS | G12D, no other mutation       | p.G12D            | parsed     | hotspot                | yes
KRAS | G12D positive, G13D negative  | p.G12D            | parsed     | hotspot                | yes
KRAS | G12D positive G13D negative   | p.G12D            | parsed     | hotspot                | yes
KRAS | exon 2 WT, exon 3 Q61H        | p.Q61H            | parsed     | hotspot                | yes
KRAS | wild type except Q61H         | p.Q61H            | parsed     | hotspot                | yes
KRAS | KRAS: G12D; NRAS: Q61K        | p.G12D            | parsed     | hotspot                | yes
KRAS | G12D, negative for BRAF       | p.G12D            | parsed     | hotspot                | yes
KRAS | G12D no NRAS mutation         | p.G12D            | parsed     | hotspot                | yes
NRAS | 未检出KRAS/NRAS/BRAF突变      | -                 | negative   | -                      | no
NRAS | KRAS: G12D; NRAS: Q61K        | p.Q61K            | parsed     | hotspot                | yes
BRAF | KRAS G12D, NRAS + BRAF WT     | -                 | negative   | -                      | no
KRAS | p.L79F; p.Q61H                | p.L79F; p.Q61H    | parsed     | hotspot                | yes
KRAS | possible G12D                 | p.G12D            | parsed     | hotspot                | no
KRAS | KRAS基因第2外显子第12密码子突变（p.G12V，c.35G＞T） | p.G12V | parsed | hotspot        | yes
"""

ROWS = [[cell.strip() for cell in line.split(" | ")] for line in TABLE.strip().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("gene", "text", "canonical", "status", "variant_class", "accuses"), ROWS)
def test_reading(gene: str, text: str, canonical: str, status: str, variant_class: str, accuses: str) -> None:
    """Each line of the table holds."""
    summary = describe(gene, text)
    read = (summary.canonical or "-", summary.status, summary.variant_class or "-", summary.is_pathogenic)
    assert read == (canonical, status, variant_class, accuses == "yes")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_the_canonical_name_reads_as_itself(row: list[str]) -> None:
    """What was stored can be read again."""
    gene, text = row[:2]
    canonical = describe(gene, text).canonical
    assert describe(gene, canonical).canonical == canonical
