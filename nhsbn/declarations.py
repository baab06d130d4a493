"""Declarations: YAML that people edit, read with the line of every key, all faults reported at once.

Here: YAML text to plain data with lines, and pydantic validation that answers ``file:line: what is wrong``.
Not here: what the declarations mean, and where their files are.
"""

from __future__ import annotations

from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from nhsbn.errors import Problem, ProblemsError

Path = tuple[str | int, ...]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader reads declarations twenty times faster, and every wheel of PyYAML has it."""

ModelT = TypeVar("ModelT", bound="Declared")


class Declared(BaseModel):
    """Base of every declared thing: immutable, and a misspelt key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Document:
    """A YAML document with the line number of every node.

    Args:
        text: the YAML.
        where: the file's name as a person knows it, for messages.

    Raises:
        ProblemsError: when the text is not YAML, or a mapping names a key twice.
    """

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self._lines: dict[Path, int] = {}
        self._problems: list[Problem] = []
        try:
            node = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ProblemsError([Problem(f"{where}:{line}", f"not valid YAML: {error.problem}")]) from None
        if node is not None:
            self._walk(node, ())
        self.data: Any = None if node is None else yaml.constructor.SafeConstructor().construct_document(node)
        if self._problems:
            raise ProblemsError(self._problems)

    def _walk(self, node: yaml.Node, path: Path) -> None:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen:
                    self._problems.append(
                        Problem(f"{self.where}:{key.start_mark.line + 1}", f"{name!r} is given twice; keep one")
                    )
                seen.add(name)
                self._lines[(*path, name)] = key.start_mark.line + 1
                self._walk(value, (*path, name))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, (*path, index))

    def line(self, *path: str | int) -> int:
        """The line of the node at ``path``, or of its nearest parent that exists."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def at(self, *path: str | int) -> str:
        """``file:line`` of the node at ``path``."""
        return f"{self.where}:{self.line(*path)}"

    def validate(self, model: type[ModelT], *path: str | int) -> ModelT:
        """The node at ``path`` as a ``model``.

        Raises:
            ProblemsError: every fault, each with its file and line.
        """
        data = self.data
        for part in path:
            data = data[part]
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise ProblemsError(self._problem(path, fault) for fault in error.errors()) from None

    def _problem(self, path: Path, fault: Any) -> Problem:
        location = (*path, *fault["loc"])
        name = ".".join(str(part) for part in fault["loc"]) or "document"
        return Problem(self.at(*location), f"{name}: {_plain(fault)}")


def _plain(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "is not a known key here; check its spelling"
    if fault["type"] == "missing":
        return "is required and absent; add it"
    message = str(fault["msg"])
    return message.removeprefix("Value error, ")


class Collector:
    """Gathers problems over several steps, and raises them together.

    Use as ``with Collector() as problems: ...``; a :class:`ProblemsError` inside ``problems.gather()`` is kept.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __enter__(self) -> Collector:
        """Start gathering."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Raise what was gathered, unless something else is already being raised."""
        if kind is None and self.problems:
            raise ProblemsError(self.problems)

    def add(self, where: str, message: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(where, message))

    def gather(self) -> _Gather:
        """A block in which a :class:`ProblemsError` is noted and not raised."""
        return _Gather(self)


class _Gather:
    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, ProblemsError):
            self._collector.problems.extend(error.problems)
            return True
        return False
