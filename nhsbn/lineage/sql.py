"""Which columns of the relations that it reads each column of one SELECT comes from, read from the SQL by SQLGlot.

Here: one SELECT of DuckDB's dialect, through its CTEs, unions, subqueries, windows and lateral joins. Not here:
what a project's files and metrics make of it (lineage).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from nhsbn.errors import NhsbnError
from nhsbn.lineage.feeds import EVERY, MATCHED, ROWS, VALUE, Column, Feeds, Lineage, Tables, merged


@lru_cache(maxsize=512)
def read_lineage(select: str, tables: Tables, where: str) -> Lineage:
    """The lineage of one SELECT. Remembered for as long as neither it nor what it reads changes.

    Args:
        select: DuckDB SQL.
        tables: every relation it may read, with all columns, so that a star can be told apart.
        where: its file, for messages.

    Raises:
        NhsbnError: when SQLGlot cannot read it, or it names a column that no relation has.
    """
    by_schema: dict[str, dict[str, dict[str, str]]] = {}
    for relation, columns in tables:
        of, name = relation.split(".")
        by_schema.setdefault(of, {})[name] = dict.fromkeys(columns, "unknown")
    try:
        tree = qualify(
            sqlglot.parse_one(select, dialect="duckdb"),
            schema=dict(by_schema),
            dialect="duckdb",
            quote_identifiers=False,
        )
        scopes = traverse_scope(tree)
        if any(scope.expression.is_star for scope in scopes):
            raise SqlglotError("a star is of a relation that is not known")
    except SqlglotError as error:
        said = str(error).splitlines()[0]
        raise NhsbnError(f"{where}: its column lineage cannot be read: {said}. Correct the SELECT.") from None
    return _Reader(scopes).lineage(scopes[-1])


class _Reader:
    """Follows columns through the scopes of one statement, each scope once."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self._of: dict[int, Scope] = {id(scope.expression): scope for scope in scopes}
        self._done: dict[int, Lineage] = {}
        self._columns: dict[tuple[int, str, str, bool], Feeds] = {}
        self._joins: dict[tuple[int, str], Feeds] = {}

    def lineage(self, scope: Scope) -> Lineage:
        """What a query, or a list of values, comes from."""
        known = self._done.get(id(scope))
        if known is None:
            tree = scope.expression
            if isinstance(tree, exp.SetOperation):
                known = self._set_operation(tree)
            elif isinstance(tree, exp.Select):
                known = self._select(scope, tree)
            else:
                known = self._listed(scope, tree)
            self._done[id(scope)] = known
        return known

    def _set_operation(self, tree: exp.SetOperation) -> Lineage:
        left, right = (self.lineage(self._of[id(part.unnest())]) for part in (tree.this, tree.expression))
        pairs = zip(left.columns.items(), right.columns.values(), strict=True)
        columns = {name: merged([first, second]) for (name, first), second in pairs}
        deciding = [] if isinstance(tree, exp.Union) and not tree.args.get("distinct") else columns.values()
        return Lineage(columns, merged([left.rows, right.rows, *deciding], ROWS))

    def _listed(self, scope: Scope, tree: exp.Expr) -> Lineage:
        """VALUES, UNNEST and LATERAL: every column rests on all that the expression names."""
        inner = [
            self.lineage(part) for name, part in scope.sources.items() if not name and isinstance(part, Scope)
        ]
        if inner:
            return inner[0]
        feeds = self._feeds(scope, tree, VALUE)
        return Lineage(dict.fromkeys(tree.alias_column_names, feeds), merged([feeds], ROWS))

    def _select(self, scope: Scope, tree: exp.Select) -> Lineage:
        joins = tree.args.get("joins", ())
        deciding = [tree.args.get(part) for part in ("where", "group", "having", "qualify")]
        deciding += [join.args.get("on") for join in joins if join.side != "LEFT"]
        if tree.args.get("limit"):
            deciding.append(tree.args.get("order"))
        if tree.args.get("distinct"):
            deciding += tree.selects
        rows = [self._feeds(scope, part, ROWS) for part in deciding if part is not None]
        rows += [self._rows_of(scope, name) for name in self._own(tree)]
        columns = {part.alias_or_name: self._feeds(scope, part, VALUE) for part in tree.selects}
        return Lineage(columns, merged(rows, ROWS))

    def _own(self, tree: exp.Select) -> list[str]:
        """The relations that a row is made of: all it reads but those that a left join only looks into."""
        read = [tree.args.get("from_"), *tree.args.get("joins", ())]
        return [part.this.alias_or_name for part in read if part is not None and part.args.get("side") != "LEFT"]

    def _feeds(self, scope: Scope, tree: exp.Expr, use: int, within: str = "") -> Feeds:
        """What an expression names, in this use.

        Args:
            scope: where it stands.
            tree: the expression.
            use: how it matters.
            within: the left join whose condition it is, so that the condition does not rest on itself.
        """
        if isinstance(tree, exp.Query) and tree is not scope.expression:
            inner = self.lineage(self._of[id(tree.unnest())])
            return merged([*inner.columns.values(), inner.rows], use)
        if isinstance(tree, exp.Column):
            return self._column(scope, tree.table, tree.name, use, within)
        parts = [self._feeds(scope, child, use, within) for child in tree.iter_expressions()]
        if isinstance(tree, exp.Window):
            ordering: list[exp.Expr] = [child for child in tree.iter_expressions() if child is not tree.this]
            ordering += self._named_window(scope, tree)
            parts = [self._feeds(scope, tree.this, use, within)]
            parts += [self._feeds(scope, child, ROWS, within) for child in ordering]
        return merged(parts)

    def _named_window(self, scope: Scope, tree: exp.Window) -> list[exp.Expr]:
        """What ``over name`` stands for."""
        name = tree.alias
        listed = scope.expression.args.get("windows") or () if name else ()
        return [child for one in listed if one.name == name for child in one.iter_expressions()]

    def _column(self, scope: Scope, alias: str, name: str, use: int, within: str) -> Feeds:
        while alias not in scope.sources and scope.parent:  # a correlated subquery names what stands around it
            scope = scope.parent
        key = (id(scope), alias, name, alias == within)
        if key not in self._columns:
            source = scope.sources[alias]
            own: Feeds
            if isinstance(source, Scope):
                own = self.lineage(source).columns[name]
            else:
                own = {Column(f"{source.db}.{source.name}", name): VALUE}
            self._columns[key] = own if alias == within else merged([own, self._found_by(scope, alias)])
        return merged([self._columns[key]], use) if use else self._columns[key]

    def _found_by(self, scope: Scope, alias: str) -> Feeds:
        """What decides which row of a relation a left join finds; nothing where it is not so joined."""
        if (scope_key := (id(scope), alias)) not in self._joins:
            condition = self._looked_up(scope, alias)
            self._joins[scope_key] = (
                {}
                if condition is None
                else merged([self._feeds(scope, condition, MATCHED, alias), self._rows_of(scope, alias)])
            )
        return self._joins[scope_key]

    def _rows_of(self, scope: Scope, alias: str) -> Feeds:
        source = scope.sources[alias]
        if isinstance(source, Scope):
            return self.lineage(source).rows
        return {Column(f"{source.db}.{source.name}", EVERY): ROWS}

    @staticmethod
    def _looked_up(scope: Scope, alias: str) -> exp.Expr | None:
        """The condition by which a left join finds the rows of a relation; none where it is not so joined."""
        for join in scope.expression.args.get("joins") or ():
            if join.side == "LEFT" and join.this.alias_or_name == alias:
                condition: exp.Expr | None = join.args.get("on")
                return condition
        return None
