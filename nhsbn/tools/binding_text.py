"""A binding written down as the ``binding.yaml`` that people read and edit.

Here: the text. Not here: what a binding means (binding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from nhsbn.tools.binding import Binding, BoundQuestion


def binding_text(binding: Binding, title: str) -> str:
    """The YAML of a binding, with comments that say what its parts are.

    Args:
        binding: the binding.
        title: whose it is: ``the MHLDA Indicators tool of 2025-26``.
    """
    details, columns = binding.details, binding.columns
    lines = [
        f"# Where each answer goes in {title}, by what a person sees: sheet,",
        "# question code and column heading. Addresses are found in the template when it is loaded.",
        f"template: {scalar(binding.template)}",
        f"tool: {scalar(binding.tool)}",
        "",
        "# What is known of a submission, and the label that asks for it.",
        "details:",
        *(f"  {key}: {scalar(getattr(details, key))}" for key in ("sheet", "label", "answer", "comments")),
        "  rows:" if details.rows else "  rows: {}",
        *_pairs(details.rows, 4),
        "",
        "# Headings that every answer table has.",
        f"columns: {_flow(columns.model_dump())}",
        f"months: {_flow(list(binding.months))}",
        "",
        "# Column headings of the members of each breakdown; all is the total over them.",
        "members:" if binding.members else "members: {}",
    ]
    for breakdown, members in binding.members.items():
        lines += [f"  {scalar(breakdown)}:", *_pairs(members, 4)]
    lines += [
        "",
        "# Questions by sheet. asks: metric (the default) is a number of the catalogue, provided is Yes or No for",
        "# each member. total: true where the column over all members is an answer, and not a formula.",
        "sheets:",
    ]
    for sheet, questions in binding.sheets.items():
        lines.append(f"  {scalar(sheet)}:")
        lines += [f"    {scalar(code)}: {_flow(_said(question))}" for code, question in questions.items()]
    return "\n".join(lines) + "\n"


def scalar(value: object) -> str:
    """A value as YAML writes it on one line of a block."""
    written: str = yaml.safe_dump(value, allow_unicode=True, width=10**6)
    return written.strip().removesuffix("...").strip()


def _pairs(texts: Mapping[str, str], indent: int) -> Iterator[str]:
    return (f"{' ' * indent}{scalar(key)}: {scalar(text)}" for key, text in texts.items())


def _flow(value: object) -> str:
    written: str = yaml.safe_dump(value, allow_unicode=True, width=10**6, default_flow_style=True, sort_keys=False)
    return written.strip()


def _said(question: BoundQuestion) -> dict[str, object]:
    """What a question says beside what holds without saying."""
    order = ("item", "asks", "breakdown", "total")
    said = question.model_dump(exclude_defaults=True)
    return {key: said[key] for key in order if key in said}
