"""What a release's checklists are filled in from: its report's content, and a few counts that the report lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.report.content import ReportContent


@dataclass(frozen=True)
class ReleaseFacts:
    """A release as its checklists see it.

    ``patients_by_site``: how many patients each site has; ``first_day``, ``last_day`` of first ablations and
    ``last_contact``, as ISO text ('' without any); ``specimens``, ``panels``, ``modalities``: value -> count;
    ``endpoints``: name and version of each definition; ``n_rules``: rules that every row is held to; ``content_hash``.
    """

    content: ReportContent
    patients_by_site: Mapping[str, int] = field(default_factory=dict)
    first_day: str = ""
    last_day: str = ""
    last_contact: str = ""
    specimens: Mapping[str, int] = field(default_factory=dict)
    panels: Mapping[str, int] = field(default_factory=dict)
    modalities: Mapping[str, int] = field(default_factory=dict)
    endpoints: Sequence[str] = ()
    n_rules: int = 0
    content_hash: str = ""
