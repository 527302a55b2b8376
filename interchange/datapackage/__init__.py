"""Writes Data Package v2: CSV files and datapackage.json, whose Table Schema says what each column is."""
