"""Declarations as people's programs save them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nhsbn.errors import NhsbnError
from resources.site import ROOT, Site

MAP = Path("maps") / "map_team.csv"


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "trust", tmp_path / "trust"))


def test_a_mapping_table_saved_by_excel_as_utf_8_is_the_same_table(trust: Path) -> None:
    path = trust / MAP
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Site(trust=trust).maps == Site(trust=ROOT / "trust").maps


def test_one_saved_in_another_encoding_is_named_with_what_to_do(trust: Path) -> None:
    path = trust / MAP
    path.write_bytes(path.read_bytes() + "café\n".encode("cp1252"))
    with pytest.raises(NhsbnError, match=r"map_team\.csv is not UTF-8 text; save it as that"):
        _ = Site(trust=trust).maps


def test_a_catalogue_in_another_encoding_is_named(tmp_path: Path) -> None:
    metrics = tmp_path / "projects" / "small" / "2025-26" / "metrics.yaml"
    metrics.parent.mkdir(parents=True)
    metrics.write_bytes("title: café".encode("cp1252"))
    with pytest.raises(NhsbnError, match=r"metrics\.yaml is not UTF-8 text"):
        Site(root=tmp_path).catalogue("small", "2025-26")


def test_the_empty_tool_of_an_edition_is_the_file_that_its_binding_names(tmp_path: Path) -> None:
    edition = Path("projects") / "mhlda_indicators" / "2025-26"
    folder = Path(shutil.copytree(ROOT / edition, tmp_path / edition))
    (folder / "template.xlsx").rename(folder / "tool.xlsm")
    binding = folder / "binding.yaml"
    text = binding.read_text(encoding="utf-8").replace("template: template.xlsx", "template: tool.xlsm")
    binding.write_text(text, encoding="utf-8")
    sent = (ROOT / edition / "template.xlsx").read_bytes()
    assert Site(root=tmp_path).template("mhlda_indicators", "2025-26") == sent
    binding.write_bytes(text.encode() + "# café".encode("cp1252"))
    with pytest.raises(NhsbnError, match=r"binding\.yaml is not UTF-8 text"):
        Site(root=tmp_path).template("mhlda_indicators", "2025-26")
