"""What is expected of extracts, and judging landed files by it with Great Expectations.

Here: suites as data, one folder a source and one file a report, with what every report has in common beside them;
and the few modules that judge by them. Not here: thresholds in code; staging, which sets rows aside; what Dagster
shows of the results (assets).
"""
