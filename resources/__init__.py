"""Doors to the outside world: inbox, lake, records, workbook, home folder. No definitions, no Dagster assets."""
