"""Studies of several sites that do not pool their patients: the study's file, what a site gives, how it is combined.

A site is a registry with a release. It writes files into a folder, and whoever combines them needs no registry; folders
may lie on any storage that both can reach.
"""
