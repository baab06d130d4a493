"""Draw the collection tool of an edition, and the binding that goes with it.

No real NHSBN tool is public, so this stands in for one: it has the shape of one, asks what the edition's
``metrics.yaml`` asks, and is the same to the byte whenever it is made. When NHSBN sends its own workbook, that
file and a binding written for it take the place of these two, and this script is not run.

    python -m scripts.make_template mhlda_indicators 2025-26
"""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml

from scripts.template_design import binding_text, design
from scripts.template_workbook import draw

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> None:
    """Write ``template.xlsx`` and ``binding.yaml`` of one edition."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project")
    parser.add_argument("edition")
    parser.add_argument("--to", type=Path, help="folder to write to, when not the edition's own")
    chosen = parser.parse_args(arguments)
    edition = ROOT / "projects" / chosen.project / chosen.edition
    catalogue = yaml.safe_load((edition / "metrics.yaml").read_text(encoding="utf-8"))
    trust = yaml.safe_load((ROOT / "trust" / "trust.yaml").read_text(encoding="utf-8"))
    tool = design(catalogue, trust)
    folder = chosen.to or edition
    (folder / "template.xlsx").write_bytes(draw(tool))
    (folder / "binding.yaml").write_text(binding_text(tool), encoding="utf-8")
    print(f"wrote {folder / 'template.xlsx'} and {folder / 'binding.yaml'}")


if __name__ == "__main__":
    main()
