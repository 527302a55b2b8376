"""The words around a variant, in English and Chinese with a few others, and what each says.

Belongs here: words and their kind. What does not: notations of variants (tokens.py) and the sense that
several words make together (sentence.py). All patterns apply to cleaned text (cleaning.py): lower case,
single spaces.

Kinds:  neg     there is none                       empty   nobody knows: not tested, failed, blank
        mut     there is one                        unsure  perhaps there is
        vus, benign, pathogenic, synonymous         what the laboratory makes of it
        other   'the rest of the gene'              tested  what was looked at, not what was found
        and, or, but                                join or part what stands on either side
"""

from __future__ import annotations

# In order: the first that matches wins, so a longer phrase stands before its beginning.
# English words end at a word's end; Chinese ones have none.
ENGLISH: tuple[tuple[str, str], ...] = (
    (
        "vus",
        r"vo?us|(?:variants? of )?(?:uncertain|unknown|unclear|undetermined) (?:clinical )?significance",
    ),
    (
        "benign",
        r"(?:likely )?benign|(?:non|not)[ -]?pathogenic|polymorphisms?|snp",
    ),
    ("word", r"(?:non|not)[ -]?(?:synonymous|silent)|not only"),
    ("synonymous", r"synonymous|silent"),
    ("pathogenic", r"(?:likely )?pathogenic|oncogenic|activating|driver"),
    ("mut", r"(?:not|non)[ -]?(?:a )?(?:wild[ -]?type|wt)|not negative"),
    (
        "empty",
        r"(?:not|never|non|un) ?-?(?:tested|done|performed|assess(?:ed|able)|available|applicable|examined"
        r"|reported|known|evaluable|evaluated|determined|sequenced|analy[sz]ed|requested|sent|recorded)"
        r"|n ?/ ?[adk]|n\. ?[adk]\.?|nd|na|nk|n/?avail|unk|unknown|unspecified|null|nan|pending|missing"
        r"|fail(?:ed|ure|s)?|in(?:sufficient|adequate|valid)|qns|tbd"
        r"|no (?:result|dna|tissue|sample|data|material|call|info(?:rmation)?|report)s?",
    ),
    (
        "unsure",
        r"possib(?:le|ly)|suspected|suspicious|susp|equivocal|indeterminate|inconclusive|uncertain|borderline"
        r"|cannot exclude|not excluded|probabl[ey]|doubtful|questionable|cannot be excluded",
    ),
    (
        "neg",
        r"wild ?-?typ(?:e|us)?|wt|neg(?:ative|ativ)?|-ve|normal|none|no|without|w/o|absent|absence of"
        r"|lack(?:s|ing)?|un(?:mutated|detected|detectable)|non?[ -]?mut(?:ant|ated|ation)?|never"
        r"|(?:is |was |were |are )?not"
        r"|keine?|kein|nicht|aucune?|pas de|sin|nessuna",
    ),
    (
        "mut",
        r"mut(?:n|s|ation|ations|ated|ant|ants|azione|acion|iert|ee?)?|mt|pos(?:itive|itiv)?|\+ve|detected|present"
        r"|found|identified|seen|yes|nachgewiesen|altered|alterations?|aberrant",
    ),
    ("other", r"others?|remaining|rest|further|additional|else(?:where)?"),
    ("tested", r"tested|analy[sz]ed|examined|screened|sequenced|covered|assayed|tests?|panel|assay|kit|pcr"),
    ("but", r"but|except(?: for)?|besides|apart from|however|whereas"),
    ("and", r"and|plus|with|&"),
    ("or", r"or"),
)

CHINESE: tuple[tuple[str, str], ...] = (
    ("vus", r"(?:临床)?意义(?:尚)?(?:未明|不明|不明确|未知)|意义未确定"),
    ("benign", r"(?:可能)?良性|非致病|多态性?"),
    ("synonymous", r"同义"),
    ("unsure", r"可疑|疑似|可能|不确定|不[排除]除|不能排除"),
    ("mut", r"非野生型?"),
    ("other", r"其[他它余]|余"),
    ("neg", r"未(?:检测到|检测出|检出|见|查见|查到|发现|突变|发生|测到|测出)(?:到)?|不存在"),
    (
        "empty",
        r"未(?:检测|测|做|查|行|检|送检|知|评估)|不详|不明|失败|不足|不合格|不够|无法|不适用|待查|待检|无(?:结果|数据|标本|资料)",
    ),
    ("neg", r"野生型?|阴性?|无|没有|正常|非突变"),
    ("mut", r"突变型?|变异|阳性?|检测到|检测出|检出|发现|存在"),
    ("pathogenic", r"(?:可能)?致病性?|激活"),
    ("tested", r"检测|送检|测序|试剂盒"),
    ("but", r"但|除外?"),
    ("and", r"和|及|与|合并|伴"),
    ("or", r"或"),
)

# Other genes named in the same cell: what is said of them is not said of the row's own gene.
GENES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("KRAS",), r"c?-?k[ -]?i?-?ras|kirsten"),
    (("NRAS",), r"n[ -]?ras"),
    (("HRAS",), r"h[ -]?ras"),
    (("BRAF",), r"b[ -]?raf1?(?=$|[^0-9])"),
    (("KRAS", "NRAS", "HRAS"), r"(?:pan-?|all[ -])?ras(?![a-ln-vx-z0-9])"),
    *(((name.upper(),), rf"{name}(?![a-z0-9])") for name in (
        "pik3ca", "tp53", "apc", "egfr", "pten", "smad4", "erbb2", "her2", "akt1", "map2k1", "fbxw7", "ctnnb1"
    )),
)  # fmt: skip
