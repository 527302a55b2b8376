"""A registry's own rules: files in the form of the Open Data Contract Standard 3.1, read and compiled to SQL."""
