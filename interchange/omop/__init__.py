"""Writes a release as OMOP CDM 5.4 with the oncology extension: CSV files that OHDSI's DDL takes."""
