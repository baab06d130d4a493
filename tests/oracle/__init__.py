"""An independent answer: every metric recomputed in pandas from the raw files, as a careful analyst would.

Here: reading the extracts, conforming and counting them with pandas alone. It shares with the pipeline only what
a person would also look up: the declared headings, the trust's mapping tables and the published definitions. Not
here: any import of the pipeline's landing, staging, SQL or compiler.
"""
