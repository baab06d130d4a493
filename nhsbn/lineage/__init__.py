"""Column lineage, read from the SQL itself. Not the lineage of one answer (tracing)."""
