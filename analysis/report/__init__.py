"""The release's report: one self-contained HTML page made from tables of aggregates.

Here: what the page is given (content), its parts (blocks), its sections, the words and number formats, the
template and the style sheet; start with `render(content)`. Not here: estimates (analysis), drawings
(analysis.figures), files. Nothing here sees a patient's row.
"""

from analysis.figures.flow import FlowStep
from analysis.report.content import InputFile, Problem, ReportContent
from analysis.report.output.render_html import render

__all__ = ["FlowStep", "InputFile", "Problem", "ReportContent", "render"]
