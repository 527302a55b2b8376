"""Lists the words around a variant and what each says, in English and Chinese; languages.py adds other languages.

All patterns apply to cleaned text (cleaning.py): lower case, single spaces.

Kinds:  neg     there is no mutation                empty   unknown: not tested, failed, blank
        mut     there is a mutation                 unsure  there may be a mutation
        vus, benign, pathogenic, synonymous         the laboratory's judgement
        other   'the rest of the gene'              tested  what was examined, not what was found
        and, or, but                                join or separate what is on either side
        non, other_than                             exclude what follows them (exclusion.py)
        other_event                                 fusion, amplification: not a mutation of this kind
        filler                                      says nothing about what was found
"""

from __future__ import annotations

from schemas.genotype.languages import LANGUAGES_PHRASES, LANGUAGES_WORDS

_ENTITY = "mutations?|variants?|alterations?|changes?|aberrations?|abnormalit(?:y|ies)"

# In order: the first match wins, so a longer phrase comes before a shorter one with which it begins.
# English patterns end at the end of a word; Chinese has no word ends.
_ENGLISH: tuple[tuple[str, str], ...] = (
    (
        "other_event",
        r"fusions?|amplif\w*|rearrang\w*|translocat\w*|copy[- ]number\w*|cnv|gain|overexpress\w*|fusion\w*",
    ),
    (
        "tested_first",
        rf"(?:{_ENTITY}) (?:tested|analy[sz]ed|screened|covered|assessed|examined|interrogated|included)|(?:mutational|mutation|variant)"
        r" (?:analys[ie]s|status|testing|screening|test|panel|profil\w*|assay)|covers?|covering|includes?|including|interrogates?|coverage",
    ),
    (
        "other_than",
        r"other (?:\w{4,12} )?than|outside(?: of)?|except(?:ing)?(?: for)?|besides|apart from|aside from|save for|excluding|exclusive of|different from|(?:but )?not including",
    ),
    (
        "vus",
        r"vo?us|(?:variants? of )?(?:uncertain|unknown|unclear|undetermined) (?:clinical )?significance",
    ),
    (
        "benign",
        r"(?:likely )?benign|(?:non|not)[ -]?pathogenic|polymorphisms?|snp",
    ),
    (
        "filler_first",
        r"(?:(?:but )?not (?:detected |present |found )?in )?(?:the )?(?:matched )?(?:normal|healthy|adjacent|non-?tumou?r)(?: \w{4,8})? (?:tissue|sample|control|blood|cells)s?"
        r"(?: ?[:=(]? ?(?:wild ?-?type|wt|neg(?:ative)?|not detected|absent)(?![a-z]))?|(?:not |non[ -]?|no )?germ-?line(?: ?[:=(]? ?(?:not detected|neg(?:ative)?|not?|wt)(?![a-z]))?"
        r"|loss of (?:the )?(?:wild[ -]?type|wt)(?: allele)?|(?:wild[ -]?type|wt) allele (?:lost|loss|deleted)|loss of function"
        r"|(?:non|not)[ -]?(?:synonymous|silent)|not only|nos|not (?:otherwise )?specified",
    ),
    ("synonymous", r"synonymous|silent"),
    ("pathogenic", r"(?:likely )?pathogenic|oncogenic|activating|driver"),
    ("mut", r"(?:not|non)[ -]?(?:a )?(?:wild[ -]?type|wt)|not negative"),
    (
        "empty",
        r"(?:not|never|non|un) ?-?(?:tested|done|performed|assess(?:ed|able)|available|applicable|examined"
        r"|reported|known|evaluable|evaluated|determined|sequenced|analy[sz]ed|requested|sent|recorded|documented|suitable"
        r"|enough|interpretable|diagnostic|contributory|informative|covered|profiled|sufficient|conclusive|stated|provided)"
        r"|(?:can ?not|could not|unable to)(?: be)? (?:determine|assess|evaluate|interpret|perform|analy[sz]e|test)d?|insuf\w*"
        r"|unsatisfactory|discrepancy|low dna\w*|no call|quality (?:too )?low|unable|deferred|cancel+ed|inhibited"
        r"|n ?/ ?[adk]|n\. ?[adk]\.?|nd|na|nk|n/?avail|unk|unknown|unspecified|null|nan|pending|missing"
        r"|fail(?:ed|ure|s)?|in(?:sufficient|adequate|valid)|qns|tbd"
        r"|(?:results?|information) not (?:in chart|collected|back|received)|not (?:in chart|collected|back|received|signed)|no (?:result|dna|tissue|sample|data|material|call|info(?:rmation)?|report)s?",
    ),
    (
        "unsure",
        r"possib(?:le|ly)|suspected|suspicious|susp|equivocal|indeterminate|inconclusive|uncertain|borderline"
        r"|cannot exclude|not (?:be )?(?:excluded|ruled out)|probabl[ey]|doubtful|questionable|(?:can ?not|could not) be (?:excluded|ruled out)"
        r"|maybe|perhaps|likely(?! pathogenic| benign| oncogenic)|loss of|lost|disappeared|cleared|to be confirmed|previously|formerly|unconfirmed|ambiguous|unclear|suspicion(?: of| for)?|suggestive(?: of)?|presumed|presumptive",
    ),
    (
        "neg",
        r"wild ?-?typ(?:e|us)?|wt|neg(?:ative|ativ)?|-ve|normal|none|no|without|w/o|absent|absence of"
        r"|lack(?:s|ing)?|un(?:mutated|detected|detectable)|non?[ -]?mut(?:ant|ated|ation)?|never"
        r"|(?:is |was |were |are )?not|absence|excluded|ruled out|exclusion of|below (?:the )?(?:level|limits?) of (?:detection|quantification|blank)"
        r"|(?:below|under|<) ?(?:the )?(?:lod|lob|loq|detection limit|cut-?off|threshold|reporting limit)|free of|nil|false|no evidence of|nor|neither"
        r"|un(?:altered|mutant)|fail(?:ed|s) to (?:detect|show|identify)|no longer",
    ),
    (
        "mut",
        r"mut(?:n|s|ation|ations|ated|ant|ants|azione|acion|iert|ee?)?|mt|pos(?:itive|itiv)?|\+ve|detect(?:ed|able|ion)|presen(?:t|ce)"
        r"|found|identified|seen|yes|true|altered|alterations?|aberrant|abnormal(?:ity|ities)?|confirmed|harbou?r(?:s|ing)?|carr(?:y|ies|ying)|(?<=ras-)m|(?<=raf-)m",
    ),
    ("other", r"others?|remaining|rest|further|additional|else(?:where)?"),
    ("tested", r"tested|analy[sz]ed|examined|screened|sequenced|covered|assayed|tests?|panel|assay|kit|pcr"),
    ("but", r"but|however|whereas"),
    ("and", r"and|plus|with|&"),
    ("or", r"or"),
    (
        "filler",
        "|".join(
            (
                r"the|an?|of|in|at|on|for|by|to|is|was|were|are|be|been|has|have|had|this|that|these|there|from|as|all|any|only|both|its?|which|who",
                r"gene|genes|genetic|genomic|exons?|codons?|positions?|amino|acids?|nucleotides?|base|bases|type|allel\w*|variants?|hetero\w*|homo\w*|hemi\w*|het|hom",
                r"somatic|germline|tumou?rs?|cancer|colorectal|crc|metasta\w*|liver|primary|samples?|specimens?|tissues?|dna|cell|cells|blood|plasma|patients?",
                r"(?:sub)?types?|specified|results?|status|performed|requested|ordered|done|completed|now|reports?|rpt|see|below|above|select|apply|clinical\w*|significan(?:t|ce)|reportable|relevant|known|recurrent|common",
                r"missense|nonsense|frame|shift|inframe|deletions?|insertions?|indels?|duplications?|point|hotspots?|substitutions?|transitions?|transversions?",
                r"atypical|rare|uncommon|complex|level|low|high|frequency|fraction|ratio|depth|reads?|vaf|maf|af|ngs|sanger|sequencing|sequence|arms|ddpcr|qpcr|idylla|cobas|therascreen|ihc|ve",
                r"class|tier|grade|category|subclonal|clonal|minor|major|gain|loss|function|gof|lof|interpretation|comment|method|using|via|study|molecular",
                r"i{1,3}|iv|k|n|b|h|g|c|p|x|no\.|nr|ras|raf|oncogene|protein|coding|dna|rna|cdna|chr|mutational|profile|wild|type|score|value|date|lab",
            )
        ),
    ),
)

# English phrases, other languages' phrases, then single words: 'nicht bestimmt' comes before 'nicht'.
ENGLISH: tuple[tuple[str, str], ...] = (
    *[(kind.removesuffix("_first"), pattern) for kind, pattern in _ENGLISH if kind.endswith("_first")],
    *[row for row in _ENGLISH if row[0] in {"other_event", "other_than"}],
    *[
        row
        for row in _ENGLISH
        if row[0]
        not in {
            "tested_first",
            "filler_first",
            "other_event",
            "other_than",
            "neg",
            "mut",
            "other",
            "but",
            "and",
            "or",
            "filler",
            "tested",
        }
    ],
    *LANGUAGES_PHRASES,
    *[row for row in _ENGLISH if row[0] in {"neg", "mut", "other", "but", "and", "or", "tested"}],
    *LANGUAGES_WORDS,
    *[row for row in _ENGLISH if row[0] == "filler"],
)

CHINESE: tuple[tuple[str, str], ...] = (
    ("vus", r"(?:临床)?意义(?:尚)?(?:未明|不明|不明确|未知)|意义未确定"),
    ("benign", r"(?:可能)?良性|非致病|多态性?"),
    ("synonymous", r"同义"),
    ("unsure", r"可疑|疑似|可能|不确定|不[排除]除|不能排除"),
    ("mut", r"非野生型?"),
    ("other", r"其[他它余]|余"),
    ("other_event", r"扩增|融合|重排|拷贝数"),
    (
        "neg",
        r"(?:変異|突变|突変)?[はがをも]?(?:検出|認め|確認|同定)(?:され|られ|でき|せ|し)?(?:ず|ない|なかった|なく|ません(?:でした)?)"
        r"|検出限界(?:以下|未満)|(?:変異|突变|突変)?(?:なし|無し|せず|されず|されない|ありません|認めず|認められ(?:ず|ない|ません))|陰性|未検出|不検出|检测不到|未?检不出|并无|尚无|均无|否",
    ),
    ("empty", r"未検査|検査せず|検査不能|判定(?:不能|不可)|不能判断"),
    ("mut", r"あり|陽性|検出"),
    ("neg", r"未(?:检测到|检测出|检出|见|查见|查到|发现|突变|发生|测到|测出)(?:到)?|不存在|未能检[出测]到?|未有"),
    (
        "empty",
        r"未(?:检测|测|做|查|行|检|送检|知|评估)|不详|不明|失败|不足|不合格|不够|无法|不适用|待查|待检|无(?:结果|数据|标本|资料)",
    ),
    ("neg", r"野生型?|阴性?|无|没有|正常|非突变"),
    ("mut", r"突[变變]型?|突変|変異型?|变异|阳性?|检测到|检测出|检出|发现|存在"),
    ("pathogenic", r"(?:可能)?致病性?|激活"),
    ("neg", r"(?:не|нет|ни|отсутств|без|дик|отриц)[а-яё]*|음성|없음|미검출|불검출|(?:검출|발견|확인)되지|야생형?"),
    ("mut", r"(?:мутац|обнаружен|выявлен|мутант|полож)[а-яё]*|양성|돌연변이|변이|검출"),
    ("tested", r"检测|送检|测序|试剂盒"),
    ("but", r"但|除外?"),
    ("and", r"和|及|与|合并|伴"),
    ("or", r"或"),
)

# Genes that a cell may name: what is said about another gene is not said about the row's own gene.
GENES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("KRAS",), r"c?-?k[ -]?i?-?ras(?:2|1)?(?![a-ln-z])(?!\d)|c?-?k[ -]?i?-?ras|kirsten"),
    (("NRAS",), r"n[ -]?ras"),
    (("HRAS",), r"h[ -]?ras"),
    (("BRAF",), r"b[ -]?raf1?(?=$|[^0-9])"),
    (("KRAS", "NRAS", "HRAS"), r"(?:pan-?|all[ -])?ras(?![a-ln-vx-z0-9])"),
    *(((name.upper(),), rf"{name}(?![a-z0-9])") for name in (
        "pik3ca", "tp53", "apc", "egfr", "pten", "smad4", "erbb2", "her2", "akt1", "map2k1", "fbxw7", "ctnnb1"
    )),
)  # fmt: skip
