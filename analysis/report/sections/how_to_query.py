"""Section: how to cite the release and how to query it."""

from __future__ import annotations

from analysis.report.blocks import Block, Command, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.numbers import release_time


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build a citation and three commands; `numbering` is not used, since nothing here is numbered."""
    release = content.release_id
    title = content.synthetic_title()
    suffix = f" [{title[:1].lower()}{title[1:]}]" if title else ""
    blocks: list[Block] = [
        Paragraph(
            f"Cite as: {content.title}, release {release} ({release_time(release)}), code version "
            f"{content.code_version}{suffix}. "
            "A release never changes; a later release has another id."
        ),
        Command(
            f'registry query "FROM analysis.ltp_rates" --release {release}',
            "Print any table of this page as numbers (schemas analysis, derived, clean and quality):",
        ),
        Command("registry explain SITE PATIENT", "Explain why each lesion of one patient counts as it does:"),
        Command("registry releases", "List the releases:"),
    ]
    return Section("asking", "Citing and querying", blocks)
