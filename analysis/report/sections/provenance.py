"""Section: where every figure comes from (deliveries, code, definitions)."""

from __future__ import annotations

from analysis.report import numbers
from analysis.report.blocks import (
    Block,
    Column,
    DataTable,
    Definitions,
    Heading,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent

MAX_INPUTS = 60
"""Most deliveries listed on the page; the manifest lists all."""
HASH_LENGTH = 16

DEFINITIONS = (
    (
        "LTP",
        "A viable focus within 10 mm of the ablation zone (or without a stated distance) on "
        "contrast-enhanced CT or MR, after at least "
        "one such exam after ablation had shown no viable tumour. Viable tumour before that exam is "
        "residual tumour, not LTP.",
    ),
    (
        "Evaluable",
        "A lesion with such a negative exam; a patient with at least one such lesion. Others are left out "
        "of LTP analyses.",
    ),
    (
        "LTP-free time (LTPFS_STUDY)",
        "From the first ablation to LTP, else to the last qualifying exam. Deaths are censored: as in the "
        "index study, for replication.",
    ),
    (
        "LTP-free survival (LTPFS)",
        "From the first ablation to LTP or death from any cause, else to the last day on which all evaluable "
        "lesions were known to be free of LTP; the registry's own endpoint.",
    ),
    (
        "Time to LTP (TTLTP)",
        "LTP is the event, death without LTP competes with it; analysed as cumulative incidence.",
    ),
    (
        "Overall survival (OS)",
        "From the first ablation to death, else to the last date the patient is known to have been alive.",
    ),
    (
        "Genotype",
        "From the best specimen with a conclusive result, liver metastasis before other sites. Not tested "
        "is unknown, never wild-type.",
    ),
    ("Month", "30.4375 days."),
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Inputs with their hashes, versions, definitions."""
    blocks: list[Block] = [
        Paragraph(
            f"Release {content.release_id}, made by code version {content.code_version}"
            + (f", follows release {content.parent_release}. " if content.parent_release else ", has no predecessor. ")
            + "The same deliveries and the same code give the same tables; manifest.json, beside this page, "
            "holds the full hashes of inputs "
            "and tables."
        )
    ]
    blocks.append(_inputs(content, numbering))
    if content.schema_versions:
        versions = ", ".join(f"{name} {version}" for name, version in content.schema_versions.items())
        blocks.append(Paragraph(f"Schema versions: {versions}."))
    blocks += [Heading("Definitions"), Definitions(DEFINITIONS)]
    return Section("provenance", "Provenance and definitions", blocks)


def _inputs(content: ReportContent, numbering: Numbering) -> Block:
    if not content.inputs:
        return Paragraph("No delivery has been loaded.")
    shown = content.inputs[:MAX_INPUTS]
    lines = [
        Row([item.delivery, item.site, item.export, numbers.count(item.rows), item.sha256[:HASH_LENGTH]])
        for item in shown
    ]
    columns = [
        Column("Delivery"),
        Column("Site"),
        Column("Export"),
        Column("Rows", True),
        Column("SHA-256 (start)"),
    ]
    left = len(content.inputs) - len(shown)
    notes = [f"{left:,} more deliveries are listed in manifest.json."] if left else []
    total = sum(item.rows for item in content.inputs)
    caption = f"Deliveries this release was made from: {len(content.inputs):,} with {total:,} rows."
    return DataTable(numbering.table(), caption, columns, lines, notes)
