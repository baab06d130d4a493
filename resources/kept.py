"""What is kept in the lake so that a past version can be traced: recipes of metrics and tools, and mapping texts.

Here: where they lie, writing each once, and reading it again. Not here: what is in them (nhsbn.tracing), and the
rows of measures and conformed tables (the lake). Each lies under the version that it belongs to, and is
never written over.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from nhsbn.errors import NhsbnError
from nhsbn.tracing.recipe import KeptT, Recipe, ToolRecipe, read_kept


def keep_text(path: Path, text: str) -> None:
    """Write a file once, whole or not at all; two threads or runs may do so at the same time.

    Raises:
        NhsbnError: when the lake cannot be written.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", newline="")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise NhsbnError(
            f"cannot write {path}: {error.strerror or error}. Make the home folder writable and see that the disk "
            "has room."
        ) from None


@dataclass(frozen=True)
class Recipes:
    """The recipes of a lake.

    Attributes:
        lake: its folder.
    """

    lake: Path

    def metric_path(self, inputs_version: str) -> Path:
        """Where the recipe of a metric lies."""
        return self.lake / "recipes" / f"{inputs_version}.json"

    def tool_path(self, inputs_version: str) -> Path:
        """Where the recipe of a tool lies."""
        return self.lake / "recipes" / "tools" / f"{inputs_version}.json"

    def keep(self, recipe: Recipe) -> None:
        """Keep the recipe of a metric."""
        keep_text(self.metric_path(recipe.inputs_version), recipe.model_dump_json(indent=1))

    def keep_tool(self, inputs_version: str, recipe: ToolRecipe) -> None:
        """Keep the recipe of a tool."""
        keep_text(self.tool_path(inputs_version), recipe.model_dump_json(indent=1))

    def metric(self, inputs_version: str, of: str, again: str) -> Recipe:
        """The recipe of a metric.

        Args:
            inputs_version: its address.
            of: what it is of, for messages.
            again: the command that makes it again.

        Raises:
            NhsbnError: when it is not there, or cannot be read.
        """
        return _read(Recipe, self.metric_path(inputs_version), of, again)

    def tool(self, inputs_version: str, of: str, again: str) -> ToolRecipe:
        """The recipe of a tool, as :meth:`metric`."""
        return _read(ToolRecipe, self.tool_path(inputs_version), of, again)


def gone(what: str, path: Path, again: str) -> NhsbnError:
    """That something of the lake is not there, and what would bring it back."""
    return NhsbnError(
        f"{what} cannot be traced: {path} is not there. It was deleted from the lake, or made before it was kept. "
        f"Run {again} to make the newest version's again; what an older version needs can only be put back from a "
        "copy of the home folder."
    )


def _read(model: type[KeptT], path: Path, of: str, again: str) -> KeptT:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise gone(of, path, again) from None
    return read_kept(model, text, str(path))
