"""What the command line shows of a template: its sheets and questions, and last year's beside this year's.

Here: words and tables, with Rich; on a terminal in colour, and plain where it is piped. Not here: finding out any
of it (the core).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nhsbn.rebinding.asked import AskedQuestion
from nhsbn.rebinding.decisions import shown
from nhsbn.rebinding.headings import HeadingMatch
from nhsbn.rebinding.inspection import Inspection
from nhsbn.rebinding.proposal import Proposal
from nhsbn.rebinding.questions import Match
from nhsbn.rebinding.wording import Piece, compared, without

_LONGEST_LIST = 4
_STYLES = {"same": "", "removed": "red strike", "added": "bold green"}
_PLAIN = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}


def console() -> Console:
    """The terminal; where there is none, lines long enough that a table keeps its columns."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(width=160, highlight=False)


def show_inspection(to: Console, name: str, inspection: Inspection) -> None:
    """A workbook's sheets, its questions, and what filling it cannot promise."""
    sheets = _table(to, f"Sheets of {name}", ("Sheet", "State", "Protected", "Questions", "Formulas"))
    for sheet in inspection.sheets:
        protected = "yes" if sheet.is_protected else "no"
        _add(sheets, sheet.title, sheet.state, protected, str(sheet.questions), str(sheet.formulas))
    to.print(sheets)
    if inspection.heading is None:
        to.print(
            "No column of question codes was found: rows with cells to be answered are listed by the text to "
            "their left. If there is one, name it with --heading."
        )
    else:
        to.print(Text(f"Questions stand below the heading {inspection.heading!r}; rows without a code are forms."))
    for sheet in inspection.sheets:
        asked = [question for question in inspection.questions if question.sheet == sheet.title]
        if not asked:
            continue
        table = _table(to, f"Sheet {sheet.title!r}", ("Row", "Code", "Question", "Takes", "Cells", "Below"))
        for question in asked:
            lists = "; ".join(_some(items, _LONGEST_LIST) for items in question.lists)
            takes = ", ".join(question.takes) + (f": {lists}" if lists else "")
            takes += f" ({question.kind})" if question.kind else ""
            words = Text(question.text)
            if question.definition:
                words.append(f"\n{question.definition}", style="dim")
            columns = list(dict.fromkeys(question.columns))
            below = " … ".join(columns[:: max(len(columns) - 1, 1)]) if any(columns) else ""
            _add(table, str(question.row), question.code, words, takes, question.answers, below)
        to.print(table)
    if not inspection.questions:
        to.print(
            "No cell to be answered was found: answers go in unlocked cells of protected sheets that are visible."
        )
    if inspection.limits:
        to.print("What filling it cannot promise:", style="bold")
        for limit in inspection.limits:
            to.print(Text(f"  {limit.where}: {limit.what}"), soft_wrap=True)
    else:
        to.print("Nothing was found that filling it cannot promise.")


def show_proposal(to: Console, proposal: Proposal) -> None:
    """What became of last year's questions and headings."""
    against = proposal.against
    counts = ", ".join(f"{count} {kind}" for kind, count in proposal.counts.items())
    to.print(Text(f"{proposal.name} against {against.project} {against.edition}", style="bold"))
    to.print(f"Questions: {counts}. Headings that changed: {len(proposal.headings)}.")
    for problem in proposal.problems:
        to.print(Text(str(problem), style="red"), soft_wrap=True)
    matches = list(proposal.matches.values())
    _show_changes(to, "Moved", [match for match in matches if match.kind == "moved"])
    _show_reworded(to, [match for match in matches if match.kind == "reworded"])
    _show_ambiguous(to, [match for match in matches if match.kind == "ambiguous"])
    _show_alone(to, "New", [match.new for match in matches if match.kind == "new" and match.new])
    _show_alone(to, "Gone", [match.old.asked for match in matches if match.kind == "gone" and match.old])
    resting = [match for match in matches if match.kind == "same" and match.asks_verdict]
    _show_changes(to, "Same, but what they rest on changed", resting)
    _show_headings(to, list(proposal.headings.values()))
    to.print("Nothing of this is accepted: decide on it in the Excel that --workbook writes.")


def _show_changes(to: Console, title: str, matches: Sequence[Match]) -> None:
    table = _table(to, title, ("Question", "Text", "Confidence", "What changed"))
    for match in matches:
        if match.new:
            changes = "; ".join(match.changes)
            _add(table, shown(match)[1], match.new.text, f"{match.confidence:.0%}", changes)
    _print(to, table)


def _show_reworded(to: Console, matches: Sequence[Match]) -> None:
    """Both wordings side by side, what was removed marked in last year's and what was added in this year's."""
    table = _table(to, "Reworded", ("Question", "Last year", "This year", "Confidence"))
    for match in matches:
        if match.old and match.new:
            old, new = match.old.asked, match.new
            lines = [compared(old.text, new.text), compared(old.definition, new.definition)]
            before = Text("\n").join(_marked(to, without(line, "added")) for line in lines)
            after = Text("\n").join(_marked(to, without(line, "removed")) for line in lines)
            names = "\n".join(dict.fromkeys((*reversed(shown(match)), *match.changes)))
            _add(table, names, before, after, f"{match.confidence:.0%}")
            table.add_row()
    _print(to, table)


def _show_ambiguous(to: Console, matches: Sequence[Match]) -> None:
    table = _table(
        to, "Ambiguous: which question of last year is it?", ("Question", "Text", "May be", "Confidence")
    )
    for match in matches:
        if match.new:
            for index, one in enumerate(match.candidates):
                named = (shown(match)[1], match.new.text) if not index else ("", "")
                _add(table, *named, f"{one.old.code}: {one.old.asked.text}", f"{one.confidence:.0%}")
    _print(to, table)


def _show_alone(to: Console, title: str, asked: Iterable[AskedQuestion]) -> None:
    table = _table(to, title, ("Question", "Text", "Definition"))
    for question in asked:
        _add(table, f"{question.code} ({question.sheet})", question.text, question.definition)
    _print(to, table)


def _show_headings(to: Console, headings: Sequence[HeadingMatch]) -> None:
    table = _table(to, "Headings", ("Where", "Kind", "Last year", "This year", "Confidence"))
    for one in headings:
        this = one.new or "; ".join(f"{text} ({confidence:.0%})" for text, confidence in one.candidates)
        _add(table, ": ".join(one.path), one.kind, one.old, this, f"{one.confidence:.0%}")
    _print(to, table)


def _marked(to: Console, pieces: Sequence[Piece]) -> Text:
    """One side of two wordings: in colour on a terminal, else with ``[-removed-]`` and ``{+added+}``."""
    parts = (
        Text(piece.text, style=_STYLES[piece.change])
        if to.is_terminal
        else Text(_PLAIN[piece.change].format(piece.text))
        for piece in pieces
    )
    return Text(" ").join(parts)


def _table(to: Console, title: str, heads: Sequence[str]) -> Table:
    edges = box.SIMPLE_HEAD if to.is_terminal else None
    table = Table(title=title, title_justify="left", box=edges, show_lines=False)
    for head in heads:
        table.add_column(head, overflow="fold", justify="right" if head in ("Row", "Confidence") else "left")
    return table


def _add(table: Table, *cells: str | Text) -> None:
    """A row of texts, in which brackets are nothing but brackets."""
    table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def _print(to: Console, table: Table) -> None:
    if table.row_count:
        to.print(table)


def _some(items: Sequence[str], most: int) -> str:
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")
