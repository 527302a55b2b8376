"""Estimates of a cohort on an open release, by the estimators and with the guards of the release's own tables.

Subjects are counted together by day in SQL first, so that a curve of a million patients costs what one of ten thousand
does.
"""
