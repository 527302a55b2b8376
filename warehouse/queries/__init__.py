"""Questions to sites as threads, query sheets, answers that come back, accepted exceptions, and notes on deliveries.

open_entries.py reads what a site is asked, query_sheet.py writes it into a workbook, entry_id.py identifies the entry
that a line answers, decide_answers.py decides what each answer does, and apply_answers.py writes it into the raw
history. An answer applies to the version of the row that it was given for: it holds as long as that version is the
current one, whatever is delivered again and in whatever order. threads.py reads the questions with what people did
about them (archive/thread_log.py), closed_threads.py says which answers came to a closed one.
What does not belong here: reading an answered workbook (readers/answered_sheet.py) and storing its lines
(raw/answers.py).
"""
