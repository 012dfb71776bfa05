"""What the tests of the documents share: the command `lanegate` on the PATH, as a reader has it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.fixture(autouse=True)
def lanegate_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The `lanegate` of this source tree comes first on the PATH, whether or not this Python has it installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "lanegate"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m lanegate "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
