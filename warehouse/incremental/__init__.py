"""Decides which patients and sites are due, and records what each table was made from."""
