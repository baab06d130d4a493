"""Review of a return before it is sent: who looks, what they say, and how long their word holds.

Here: the pure part, from the data collection plan to a sign-off. Not here: the checks (``nhsbn.checks``), workbook
files, records and pages.
"""
