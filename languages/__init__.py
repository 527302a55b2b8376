"""Says what the registry writes to sites in their own language.

What belongs here: catalogues of translations (locale/<language>/registry.po), recognising which sentence an English
text is (templates.py), and numbers and dates as a language writes them (written.py). Everything is stored in English;
a translation is made when somebody reads it. An English registry never loads a catalogue.
"""
