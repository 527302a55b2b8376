"""The generated pages of docs/: their renderers and the tests that they are current."""
