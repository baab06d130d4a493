"""Two runs over the same files, in two homes with two person keys, give the same tools to the byte."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from pipelines.cli import OK, main
from resources.home import Home
from synth import generate


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_runs_over_the_same_files_are_alike_to_the_byte(invented: Path, made: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "other")
    shutil.copytree(invented / "inbox", home.inbox)
    assert main(["--home", str(home.root), "run", "mhlda_indicators", "2025-26-Q1"]) == OK
    first = hashes(made / "out")
    assert len(first) == 4
    assert hashes(home.out) == first
    keys = {(root / "person.key").read_text(encoding="utf-8") for root in (home.root, made)}
    assert len(keys) == 2


def test_the_same_seed_invents_the_same_files(invented: Path, tmp_path: Path) -> None:
    generate(tmp_path, seed=7, scale=0.01, start="2025-03", months=5)
    assert hashes(tmp_path / "inbox") == hashes(invented / "inbox")
