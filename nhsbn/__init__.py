"""The domain in plain Python: periods, declarations, catalogue, compilation, states. No files, no Dagster."""
