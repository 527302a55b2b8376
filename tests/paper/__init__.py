"""Files for a paper: figures, tables, manuscript, cohorts."""
