"""Text in drawings keeps the width that it was laid out with."""

from __future__ import annotations

import re

from analysis.figures.fitted_text import width, with_widths
from analysis.figures.flow import PAD_X, FlowStep, flow_svg


def test_every_text_of_more_than_a_letter_has_its_width() -> None:
    """Bold letters are wider, larger type in proportion; single letters need none."""
    svg = with_widths('<text font-size="10" x="1">All &amp; one</text><text style="font-size: 8.5px">0</text>')
    assert f'textLength="{width("All & one", 10):.1f}" lengthAdjust="spacingAndGlyphs">All &amp; one</text>' in svg
    assert svg.count("textLength") == 1
    assert width("Mutant", 20) == 2 * width("Mutant", 10) < width("Mutant", 20, is_bold=True)


def test_the_words_of_a_box_fit_it() -> None:
    """In the flow no line is wider than its box, in the widest of its fonts and with long words."""
    note = "lesions: residual tumour throughout 4; no adequate exam 2; WWWW MMMM wide words without mercy 1,234,567"
    steps = [FlowStep("Not evaluable for local tumour progression", 123_456, 234_567, note, True)]
    svg = flow_svg([FlowStep("Received", 1, 1), *steps], "A flow of patients and lesions.")
    boxes = [float(found) for found in re.findall(r'<rect [^>]* width="([\d.]+)" height', svg)]
    widths = [float(found) for found in re.findall(r'textLength="([\d.]+)"', svg)]
    assert widths and max(widths) <= max(boxes) - 2 * PAD_X
