"""Writes files for statistics packages, SPSS and Stata: one row for each patient, and one for each lesion."""
