"""Write both lock files anew: ``python scripts/lock.py`` (needs ``uv`` in the same environment).

Here: the one way the locks are made, so that they stay free of registry addresses. Not here: installing them.
``requirements.lock`` is what running needs, ``requirements-dev.lock`` what testing needs; both pin every package
with its hashes for Python 3.11 and later, on Windows and Linux.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"]


def main() -> None:
    """Compile the runtime lock, then the test lock within its bounds."""
    for lock, groups in (
        ("requirements.lock", ["--group", "build"]),
        ("requirements-dev.lock", ["--group", "build", "--group", "dev", "--constraint", "requirements.lock"]),
    ):
        command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *COMMON, *groups]
        command += ["--custom-compile-command", "python scripts/lock.py", "--output-file", lock]
        subprocess.run(command, cwd=ROOT, check=True)
        if "://" in (ROOT / lock).read_text(encoding="utf-8"):
            sys.exit(f"{lock} holds an address; it must not.")


if __name__ == "__main__":
    main()
