"""Extract reports and their files: declarations, headers, rows, identifiers, dates covered."""
