"""What the stand-in collection tool asks, laid out as sheets, blocks and rows; and its binding.

Here: from an edition's metrics to rows and columns. Not here: how the workbook looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SECTIONS = {
    "service_model": "Service model",
    "access": "Access",
    "activity": "Activity",
    "workforce": "Workforce",
    "quality_and_safety": "Quality and safety",
    "finance": "Finance",
}
BLOCKS = {
    "service": "By service and month",
    "bed_type": "By bed type and month",
    "staff_group": "By staff group and month",
    None: "By month",
}
TOTALS = {"service": "All services", "bed_type": "All bed types", "staff_group": "All staff groups"}
PROVIDED = {
    "bed_type": (
        "MI-SM-01",
        "Are beds of this type provided?",
        "Whether the submission had wards of its own with beds of this type at any time in the period. Beds "
        "bought from other providers are left out.",
    ),
    "service": (
        "MI-SM-02",
        "Is this service provided?",
        "Whether the submission had a team or ward of this service at any time in the period.",
    ),
}

RENUMBERED = {"2024-25": {"MI-QS-10": "MI-QS-12"}}
"""Edition to the questions that it asked under another code than the catalogue knows their item by."""

DETAILS = {
    "organisation": "Organisation",
    "ods_code": "ODS code",
    "submission_name": "Submission name",
    "level": "Submission level",
    "locality": "Locality",
    "contact_name": "Contact name",
    "contact_email": "Contact email",
    "period": "Reporting period",
    "month_1": "Month 1",
    "month_2": "Month 2",
    "month_3": "Month 3",
}


@dataclass(frozen=True)
class Row:
    """A question of the tool.

    Attributes:
        heading: the metric's title, where the metric has several questions and this is its first.
        item: the catalogue's item, where its code is another.
        total: how the column over all members is made: ``answer``, ``formula`` or ``none``.
    """

    code: str
    text: str
    guidance: str
    unit: str
    heading: str
    total: str
    asks: str = "metric"
    item: str | None = None


@dataclass(frozen=True)
class Block:
    """Question rows of one sheet that share their answer columns."""

    title: str
    breakdown: str | None
    asks: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class ToolDesign:
    """Everything the workbook is drawn from.

    Attributes:
        members: breakdown to member to heading, the total last.
        places: what the locality list offers.
    """

    project: str
    edition: str
    title: str
    sheets: Mapping[str, tuple[Block, ...]]
    members: Mapping[str, Mapping[str, str]]
    places: tuple[str, ...]
    organisation: str


def design(catalogue: Mapping[str, Any], trust: Mapping[str, Any]) -> ToolDesign:
    """Lay out an edition's metrics as sheets, blocks and question rows."""
    members = {
        breakdown: {**dimension["members"], "all": TOTALS[breakdown]}
        for breakdown, dimension in catalogue["dimensions"].items()
    }
    renumbered = RENUMBERED.get(catalogue["edition"], {})
    sheets = {
        title: tuple(_blocks(section, catalogue["metrics"], renumbered)) for section, title in SECTIONS.items()
    }
    return ToolDesign(
        catalogue["project"],
        catalogue["edition"],
        catalogue["title"],
        sheets,
        members,
        (*(locality["name"] for locality in trust["localities"]), "Trust"),
        trust["name"],
    )


def _blocks(section: str, metrics: list[dict[str, Any]], renumbered: Mapping[str, str]) -> Iterator[Block]:
    if section == "service_model":
        for breakdown, (code, text, guidance) in PROVIDED.items():
            row = Row(code, text, guidance, "yes_no", "", "none", "provided")
            kind = breakdown.replace("_", " ")
            yield Block(f"By {kind}", breakdown, "provided", (row,))
    asked = [metric for metric in metrics if metric["section"] == section]
    for breakdown in dict.fromkeys(_breakdown(metric) for metric in asked):
        rows = tuple(
            row for metric in asked if _breakdown(metric) == breakdown for row in _rows(metric, renumbered)
        )
        yield Block(BLOCKS[breakdown], breakdown, "metric", rows)


def _rows(metric: dict[str, Any], renumbered: Mapping[str, str]) -> Iterator[Row]:
    items = metric["items"]
    guidance = " ".join(
        part for part in (metric["metric_description"], metric.get("inclusion_exclusion_rules")) if part
    )
    for index, item in enumerate(items):
        heading = metric["metric_title"] if len(items) > 1 and index == 0 else ""
        total = ("formula" if _adds_up(item) else "answer") if _breakdown(metric) else "none"
        said = guidance if index == 0 else f"As {metric['metric_id']}{items[0].get('item', '')}."
        own = f"{metric['metric_id']}{item.get('item', '')}"
        code = renumbered.get(own, own)
        yield Row(
            code,
            item["title"],
            said,
            item.get("unit", metric["unit"]),
            heading,
            total,
            item=None if code == own else own,
        )


def _adds_up(item: dict[str, Any]) -> bool:
    """Whether members add up to the total: distinct people do not, nor does anything divided."""
    return "denominator" not in item and item.get("numerator", {}).get("aggregate") in ("sum", "count")


def _breakdown(metric: dict[str, Any]) -> str | None:
    return next((one for one in metric["breakdown"] if one != "month"), None)


def binding_text(tool: ToolDesign) -> str:
    """The binding of the drawn workbook, as YAML that a person reads and edits."""
    lines = [
        f"# Where each answer goes in the {tool.title} tool of {tool.edition}, by what a person sees: sheet,",
        "# question code and column heading. Addresses are found in the template when it is loaded.",
        "template: template.xlsx",
        f"tool: {tool.project}",
        "",
        "# What is known of a submission, and the label that asks for it.",
        "details:",
        "  sheet: Submission details",
        "  label: Item",
        "  answer: Answer",
        "  comments: Comments",
        "  rows:",
        *(f"    {name}: {label}" for name, label in DETAILS.items()),
        "",
        "# Headings that every answer table has.",
        "columns: {question: Question code, data_source: Data source, comments: Comments}",
        "months: [Month 1, Month 2, Month 3]",
        "",
        "# Column headings of the members of each breakdown; all is the total over them.",
        "members:",
    ]
    for breakdown, members in tool.members.items():
        lines += [f"  {breakdown}:", *(f"    {member}: {title}" for member, title in members.items())]
    lines += [
        "",
        "# Questions by sheet. asks: metric (the default) is a number of the catalogue, provided is Yes or No for",
        "# each member. total: true where the column over all members is an answer, and not a formula.",
        "sheets:",
    ]
    for sheet, blocks in tool.sheets.items():
        lines.append(f"  {sheet}:")
        for block in blocks:
            lines += [f"    {row.code}: {{{', '.join(_says(block, row))}}}" for row in block.rows]
    return "\n".join(lines) + "\n"


def _says(block: Block, row: Row) -> Iterator[str]:
    if row.item:
        yield f"item: {row.item}"
    if row.asks != "metric":
        yield f"asks: {row.asks}"
    if block.breakdown:
        yield f"breakdown: {block.breakdown}"
    if row.total == "answer":
        yield "total: true"
