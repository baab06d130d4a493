"""The truth that the extracts were drawn from, kept apart from them, so that tests can compare.

Here: writing it as Parquet that says it is invented. Not here: what is in it (each report tells its own).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synth.forms import INVENTED

_README = f"""# Truth behind the extracts

{INVENTED}. Every patient, member of staff, incident and pound here was drawn at random.

One Parquet file a table, one row a fact, as it was in the end and with its real team, ward or cost centre,
whatever the extracts say. `quirk` says what was done to the fact on its way into a file:

| quirk | what was done |
|---|---|
| (blank) | nothing |
| late | missing from the first issue, present in the later one |
| changed | the first issue shows an earlier state |
| withdrawn | in the first issue only: it must not count |
| duplicate | printed twice, exactly alike |
| unmapped | its team, ward or cost centre is printed as one that no mapping knows |
| entered twice | the same contact again, as another record under another id: it must count once |
| bad | a cell that it needs cannot be read: it must be set aside |
"""


def write(folder: Path, tables: dict[str, pa.Table]) -> None:
    """Write each table to ``<folder>/<table>.parquet``, and a README beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(_README, encoding="utf-8", newline="\n")
    for name, table in tables.items():
        pq.write_table(
            table.replace_schema_metadata({"notice": INVENTED}), folder / f"{name}.parquet", compression="zstd"
        )
