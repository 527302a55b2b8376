"""Which patients and sites are due, and what each table was made from."""
