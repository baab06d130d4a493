"""What a person decided of a proposal, made into the new edition's binding and comparability.

Here: holding every decision to its row, all faults at once, and building both files from them. Not here: the Excel
in which it was decided (a resource), and where the files go (the command line).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast, get_args

from nhsbn.declarations import Collector
from nhsbn.rebinding.asked import AskedQuestion
from nhsbn.rebinding.comparability import Declarable, DeclaredComparability, DeclaredComparison, comparability_text
from nhsbn.rebinding.headings import Columns, HeadingMatch, Path
from nhsbn.rebinding.proposal import Proposal
from nhsbn.rebinding.questions import KnownQuestion, Match, compared_questions, resting
from nhsbn.tools.binding import Binding, BoundQuestion, load_binding
from nhsbn.tools.binding_text import binding_text
from nhsbn.tools.template_grid import seen
from nhsbn.values import ALL

ACCEPT, REJECT, BIND_TO = DECISIONS = ("accept", "reject", "bind to")
VERDICTS: tuple[str, ...] = get_args(Declarable)


@dataclass(frozen=True)
class Decision:
    """A row as a person filled it in.

    Attributes:
        where: the file, sheet and row, for messages.
        row: the row's id.
        last_year: what the row shows of last year, by which an id put on another row is found out.
        this_year: the same of the new template.
        choice: one of :data:`DECISIONS`; empty when undecided.
        bind_to: last year's code, or the heading, that it is instead.
        comparable: one of :data:`VERDICTS`; empty for what holds without a verdict.
    """

    where: str
    row: str
    last_year: str
    this_year: str
    choice: str
    bind_to: str = ""
    comparable: str = ""
    reason: str = ""
    decided_by: str = ""


@dataclass(frozen=True)
class NewEdition:
    """An edition to be made.

    Attributes:
        edition: its name.
        items: each item of its catalogue with its breakdown; None where it has no catalogue yet.
        units: each item's unit.
        on: the day of the decisions.
    """

    edition: str
    title: str
    on: date
    items: Mapping[str, str | None] | None = None
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rebound:
    """The files of a new edition.

    Attributes:
        binding: ``binding.yaml``.
        comparability: ``comparability.yaml``.
        new: codes of questions that no metric answers yet.
        undecided: items whose figures wait for a verdict.
    """

    binding: str
    comparability: str
    new: tuple[str, ...]
    undecided: tuple[str, ...]


def shown(match: Match | HeadingMatch) -> tuple[str, str]:
    """What a row shows of last year, and of this: codes with sheets, or headings, as a cell can hold them."""
    if isinstance(match, HeadingMatch):
        return _shown(match.old), _shown(match.new)
    return _named(match.old.asked if match.old else None), _named(match.new)


def _named(question: AskedQuestion | None) -> str:
    return _shown(f"{question.code} ({question.sheet})") if question else ""


def _shown(text: str) -> str:
    return " ".join("".join(one for one in text if one.isprintable() or one.isspace()).split())


def decide(proposal: Proposal, decisions: Sequence[Decision], new: NewEdition) -> Rebound:
    """Make a new edition's binding and comparability from what was decided.

    Raises:
        ProblemsError: every row that is undecided, altered, missing or given twice; every decision that cannot
            hold; every cell of the new template that the binding would miss. Nothing is made then.
    """
    with Collector() as problems:
        problems.problems += proposal.problems
        rows = _rows(proposal, decisions, problems)
        maker = _Maker(proposal, rows, new, problems)
        binding, comparisons = maker.binding(), maker.comparisons()
    text = binding_text(binding, new.title)
    items = None if new.items is None else new.items.items()
    load_binding(text, "the binding so decided", proposal.grid, items, new.units)
    declared = DeclaredComparability(
        project=proposal.against.project,
        edition=new.edition,
        against=proposal.against.edition,
        items=comparisons,
    )
    bound = {question.item or code for _, code, question in binding.questions() if question.asks == "metric"}
    known = {question.item for question in proposal.against.questions} if new.items is None else set(new.items)
    undecided = tuple(item for item, one in comparisons.items() if one.comparable == "undecided")
    return Rebound(text, comparability_text(declared), tuple(sorted(bound - known)), undecided)


def _rows(proposal: Proposal, decisions: Sequence[Decision], problems: Collector) -> dict[str, Decision]:
    """Decisions by row id, each held to what its row shows."""
    known: dict[str, Match | HeadingMatch] = {**proposal.matches, **proposal.headings}
    rows: dict[str, Decision] = {}
    again = "make the list anew with --workbook and copy the decisions over"
    for one in decisions:
        if one.row not in known:
            problems.add(one.where, f"{one.row or 'an empty cell'!r} is no id of this list; {again}")
        elif one.row in rows:
            problems.add(one.where, f"id {one.row} stands on another row too ({rows[one.row].where}); {again}")
        elif (one.last_year, one.this_year) != shown(known[one.row]):
            last, this = shown(known[one.row])
            said = " / ".join(text or "nothing" for text in (one.last_year, one.this_year))
            meant = " / ".join(text or "nothing" for text in (last, this))
            problems.add(one.where, f"id {one.row} belongs to {meant}, and the row shows {said}; {again}")
        else:
            rows[one.row] = one
    given = {one.row for one in decisions}
    for row, match in known.items():
        if row not in given:
            names = " / ".join(text for text in shown(match) if text)
            problems.add(f"id {row}", f"{names} has no row among the decisions; {again}")
    return rows


@dataclass
class _Maker:
    """Builds from decisions, and notes those that cannot hold."""

    proposal: Proposal
    rows: Mapping[str, Decision]
    new: NewEdition
    problems: Collector
    pairs: dict[AskedQuestion, KnownQuestion] = field(default_factory=dict)
    items: dict[AskedQuestion, str] = field(default_factory=dict)

    def binding(self) -> Binding:
        old = self.proposal.against.bound
        texts = self.headings()
        months = [text for path, text in texts.items() if path[0] == "months"]
        members: dict[str, dict[str, str]] = {}
        for path, text in texts.items():
            if path[0] == "members":
                members.setdefault(path[1], {})[path[2]] = text
        members = {breakdown: _total_last(headed) for breakdown, headed in members.items()}
        columns = {path[1]: text for path, text in texts.items() if path[0] == "columns"}
        details = {path[1]: text for path, text in texts.items() if path[0] == "details" and len(path) == 2}
        rows = {path[2]: text for path, text in texts.items() if path[:2] == ("details", "rows")}
        self.pairs = dict(self.questions())
        beside = Columns(tuple(months), members, (columns["data_source"], columns["comments"]))
        sheets: dict[str, dict[str, BoundQuestion]] = {}
        for match in self.proposal.matches.values():
            if match.new:
                bound = self.bound(match.new, self.pairs.get(match.new), beside)
                self.items[match.new] = bound.item or match.new.code
                sheets.setdefault(match.new.sheet, {})[match.new.code] = bound
        order = [title for title in self.proposal.grid if title in sheets]
        return old.model_copy(
            update={
                "template": self.proposal.template_name,
                "details": old.details.model_copy(update={**details, "rows": rows}),
                "columns": old.columns.model_copy(update=columns),
                "months": tuple(months),
                "members": members,
                "sheets": {title: sheets[title] for title in order},
            }
        )

    # Headings

    def headings(self) -> dict[Path, str]:
        """Each place of the binding that names a heading, with its heading."""
        decided = {one.path: (row, one) for row, one in self.proposal.headings.items() if one.kind != "new"}
        texts: dict[Path, str] = {}
        for one in self.proposal.columns:
            if one.kind == "new":
                continue
            text = one.new if one.path not in decided else self.heading(*decided[one.path])
            if text:
                texts[one.path] = text
            elif one.path[0] == "columns" or (one.path[0] == "details" and len(one.path) == 2):
                texts[one.path] = one.old
                self.add(
                    decided[one.path][0], f"{one.old!r} cannot be left out; bind it to a heading of the template"
                )
        for row, one in self.proposal.headings.items():
            decision = self.decision(row) if one.kind == "new" else None
            if decision is None or decision.choice == REJECT:
                continue
            path = one.path if decision.choice == ACCEPT else (*one.path[:-1], decision.bind_to)
            if path in texts:
                self.add(row, f"{path[-1]!r} is {texts[path]!r} already; bind {one.new!r} to another id")
            elif path[0] == "columns":
                self.add(row, f"{one.new!r} is a column that a binding has no place for; ask what is wanted there")
            else:
                texts[path] = one.new
        return texts

    def heading(self, row: str, one: HeadingMatch) -> str:
        """What a heading is now; empty when it is gone."""
        decision = self.decision(row)
        if decision is None:
            return one.new
        if decision.choice == BIND_TO:
            if not any(seen(decision.bind_to) in sheet.places for sheet in self.proposal.grid.values()):
                self.add(
                    row, f"no sheet of {self.proposal.name} says {decision.bind_to!r}; copy the heading from it"
                )
            return decision.bind_to
        if one.kind == "ambiguous" and decision.choice == ACCEPT:
            listed = ", ".join(repr(text) for text, _ in one.candidates)
            self.add(row, f"{one.old!r} may be any of {listed}; write bind to, and which")
        if one.kind in ("moved", "gone") and decision.choice == REJECT:
            found = "stands on the template yet" if one.new else "was not found on the template"
            self.add(row, f"{one.old!r} {found}; accept that, or bind it to another heading")
        return one.new if decision.choice == ACCEPT else ""

    # Questions

    def questions(self) -> Iterator[tuple[AskedQuestion, KnownQuestion]]:
        """Each question of the new template that was asked last year, with what it was."""
        codes: dict[str, list[KnownQuestion]] = {}
        for known in self.proposal.against.questions:
            codes.setdefault(seen(known.code), []).append(known)
        claimed: dict[int, str] = {}
        for row, match in self.proposal.matches.items():
            decision = self.decision(row)
            if decision is None:
                continue
            if match.new is None:
                self.check_gone(row, match, decision)
                continue
            old = self.old_of(row, match, decision, codes)
            if old is None:
                continue
            if id(old) in claimed:
                self.add(row, f"last year's {old.code} is taken by row {claimed[id(old)]}; give it to one of them")
                continue
            claimed[id(old)] = row
            yield match.new, old

    def old_of(
        self, row: str, match: Match, decision: Decision, codes: Mapping[str, list[KnownQuestion]]
    ) -> KnownQuestion | None:
        if decision.choice == BIND_TO:
            found = codes.get(seen(decision.bind_to), [])
            if len(found) != 1:
                edition, first = self.proposal.against.edition, next(iter(self.proposal.against.questions)).code
                said = f"{decision.bind_to!r} is no question code of {edition}"
                self.add(row, f"{said}; write one, such as {first}")
            return found[0] if len(found) == 1 else None
        if match.kind == "ambiguous" and decision.choice == ACCEPT:
            listed = ", ".join(candidate.old.code for candidate in match.candidates)
            self.add(row, f"it may be any of {listed}; write bind to and which, or reject if it is a new question")
        if match.kind == "new" and decision.choice == REJECT:
            self.add(
                row, "a question of the template cannot be left out; accept it as new, or bind it to last year's"
            )
        return match.old if decision.choice == ACCEPT else None

    def check_gone(self, row: str, match: Match, decision: Decision) -> None:
        if decision.choice != ACCEPT and match.old:
            said = f"accept that {match.old.code} is gone, or bind to it on the row of the question that it became"
            self.add(row, f"{said}, and accept this row as well")

    def bound(self, question: AskedQuestion, old: KnownQuestion | None, columns: Columns) -> BoundQuestion:
        """How a question is bound: by its own columns, to the item that answered it last year."""
        bound = columns.bound(question, old.bound if old else None)
        if bound is None:
            found = ", ".join(dict.fromkeys(" / ".join(cell.headings) for cell in question.answers))
            where = f"{self.proposal.name}, sheet {question.sheet!r}, row {question.row}"
            said = f"the columns of {question.code} fit no breakdown: {found}"
            self.problems.add(where, f"{said}; decide on their headings, or ask the sender")
            return old.bound if old else BoundQuestion()
        is_known = self.new.items is not None and question.code in self.new.items
        if bound.asks == "metric" and old and old.item != question.code and not is_known:
            return bound.model_copy(update={"item": old.item})
        return bound

    # Comparability

    def comparisons(self) -> dict[str, DeclaredComparison]:
        """What is to be declared of items that are not asked as they were."""
        asked = {row: match.new for row, match in self.proposal.matches.items() if match.new and row in self.rows}
        matches = resting([self.as_decided(self.proposal.matches[row]) for row in asked])
        found: dict[str, DeclaredComparison] = {}
        for (row, question), match in zip(asked.items(), matches, strict=True):
            own = self.items[question]
            if one := self.comparison(row, match, own):
                found[own] = one
        return found

    def as_decided(self, match: Match) -> Match:
        """A question of the new template with last year's that it was given, whatever was proposed."""
        old = self.pairs.get(match.new) if match.new else None
        if old is None or match.new is None:
            return Match("new", None, match.new, 1.0)
        return match if old is match.old else compared_questions(old, match.new)

    def comparison(self, row: str, match: Match, own: str) -> DeclaredComparison | None:
        """What is declared of one item; None when its declarations may speak for themselves."""
        decision, old = self.rows[row], match.old
        if old is None:
            return DeclaredComparison(was=None)
        said = decision.comparable.strip().casefold()
        if said and said not in VERDICTS:
            self.add(row, f"comparable {decision.comparable!r} is none of {', '.join(VERDICTS)}")
        elif said in ("yes", "with caveat", "no") and not (decision.reason and decision.decided_by):
            self.add(row, f"comparable: {said} needs a reason, and the role that decided it")
        elif said and said != "undecided":
            return DeclaredComparison(
                was=old.item,
                comparable=cast(Declarable, said),
                reason=decision.reason,
                decided_by=decision.decided_by,
                decided_on=self.new.on,
            )
        elif said or match.asks_verdict:
            why = decision.reason or "; ".join(match.changes) or "asked in other words"
            return DeclaredComparison(was=old.item, comparable="undecided", reason=why)
        return DeclaredComparison(was=old.item) if own != old.item else None

    # Both

    def decision(self, row: str) -> Decision | None:
        """A row's decision, if it is one; else noted, once."""
        decision = self.rows.get(row)
        if decision is None:
            return None
        if decision.choice not in DECISIONS:
            said = f"{decision.choice!r} is none" if decision.choice else "is undecided; write one"
            names = " / ".join(text for text in (decision.last_year, decision.this_year) if text)
            self.add(row, f"{names} {said} of {', '.join(DECISIONS)}")
            return None
        if decision.choice == BIND_TO and not decision.bind_to:
            self.add(row, "bind to needs the code or heading that it is bound to, in the next column")
            return None
        return decision

    def add(self, row: str, message: str) -> None:
        """Note a problem of a row."""
        self.problems.add(self.rows[row].where if row in self.rows else f"id {row}", message)


def _total_last(members: dict[str, str]) -> dict[str, str]:
    return dict(sorted(members.items(), key=lambda pair: pair[0] == ALL))
