"""What Dagster loads, as ``workspace.yaml`` says: the definitions of this installation.

Here: building them once, on import. Not here: what is in them (``definitions``).
"""

from __future__ import annotations

import dagster as dg

from nhsbn.errors import NhsbnError
from pipelines.definitions import build_defs

try:
    defs = build_defs()
except NhsbnError as error:  # so that the UI shows every fault of the declarations, and not a traceback alone
    raise dg.DagsterInvalidDefinitionError(str(error)) from error
