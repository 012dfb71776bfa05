"""What a simulation says on a narrow terminal: the path on a line of its own, the words below it."""

from __future__ import annotations

from lanegate.core.simulation import Remedy, Row
from lanegate.render.simulation import Told, simulation_text
from lanegate.render.terminal import Terminal

PATH = "crates/polars-plan/src/dsl/file_scan/deletion.rs"
ROW = Row("orlp", "LG101", PATH.encode(), "marco is PRIMARY here, orlp has no grant", 12, None)
REMEDY = Remedy("modify_paths", "orlp", f"/{PATH}", 3)
TOLD = Told("0" * 40, "1" * 40, 20, 15, [("orlp", 20, 0, 15)], [ROW], [REMEDY], ())


def test_a_pipe_and_a_wide_terminal_have_a_line_a_row() -> None:
    text = simulation_text(TOLD)
    assert f"    12 x  LG101 {PATH}   orlp: marco is PRIMARY here, orlp has no grant\n" in text
    assert f'     3 x  "/{PATH}" to modify_paths of orlp\n' in text
    assert simulation_text(TOLD, Terminal(None)) == simulation_text(TOLD, Terminal(200)) == text


def test_a_narrow_one_has_more() -> None:
    lines = simulation_text(TOLD, Terminal(60)).splitlines()
    assert lines[4:] == [
        f"    12 x  LG101 {PATH}",
        "          orlp: marco is PRIMARY here, orlp has no grant",
        "",
        "What would let it through, if it should be:",
        f'     3 x  "/{PATH}"',
        "          to modify_paths of orlp",
    ]
