"""Figures of the release: tidy rows in, a drawing out.

Here: one module per kind of figure, what they share (style, axes with numbers at risk) and how a figure
becomes text or bytes. Not here: estimates (analysis), captions and words around a figure (analysis.report).
Nothing here reads a file, keeps global state or imports matplotlib before a figure is drawn.
"""
