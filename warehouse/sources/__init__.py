"""Turns a hospital's own files into rows of the canonical exports, as the site's site.toml says.

Here are the declarations of site.toml's keys, what each kind of source needs before its columns can be mapped, and the
mapping itself. Not here: file formats (readers/), and what the canonical columns may contain (schemas/).
"""
