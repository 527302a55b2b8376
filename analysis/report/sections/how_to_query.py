"""Section: how to cite the release and how to ask it further questions.

Here: example commands with this release's id. Not here: the command line itself.
"""

from __future__ import annotations

from analysis.report.blocks import Block, Command, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.numbers import release_time


def build(content: ReportContent, numbering: Numbering) -> Section:
    """A citation and three commands; `numbering` is not used, as nothing here is numbered."""
    release = content.release_id
    title = content.synthetic_title()
    suffix = f" [{title[:1].lower()}{title[1:]}]" if title else ""
    blocks: list[Block] = [
        Paragraph(
            f"Cite as: {content.title}, release {release} ({release_time(release)}), code version "
            f"{content.code_version}{suffix}. "
            "A release never changes; a later one has another id."
        ),
        Command(
            f'registry query "FROM analysis.ltp_rates" --release {release}',
            "Any table of this page, as numbers (schemas analysis, derived, clean and quality):",
        ),
        Command("registry explain SITE PATIENT", "Why each lesion of one patient counts as it does:"),
        Command("registry releases", "Which releases there are:"),
    ]
    return Section("asking", "Citing and asking", blocks)
