"""Great Expectations suites over landed extracts. No thresholds in code: they are data beside it."""
