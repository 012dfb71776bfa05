"""The command `lanegate` itself: what it runs, what it imports, and what each outcome means to a shell."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

import lanegate
from lanegate.cli import main as command
from lanegate.git.run import GitError
from tests.support import lanegate as run_lanegate


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"lanegate {lanegate.__version__}\n"


def test_any_stream_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a program put in place of standard output has no encoding to change."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    assert command.main(["--version"]) == 0
    assert stream.getvalue() == f"lanegate {lanegate.__version__}\n"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([option]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert all(f"\n  {name} " in out for name in command.COMMANDS)


def test_nothing_at_all_is_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: lanegate COMMAND")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("polcy", "lanegate: there is no command 'polcy'; did you mean `lanegate policy`?\n"),
        ("zzz\x1b", "lanegate: there is no command 'zzz\\x1b'; commands: accept, agent-hook, "),
    ],
)
def test_an_unknown_command_names_the_nearest(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([name]) == 2
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("name", command.COMMANDS)
def test_every_command_has_its_own_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: lanegate {name} ")


def test_a_wrong_option_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["rule", "--frobnicate"]) == 2
    assert "unrecognized arguments: --frobnicate" in capsys.readouterr().err


def test_an_option_is_never_abbreviated() -> None:
    assert command.main(["rule", "--form", "json"]) == 2
    assert command.main(["policy", "check", "--form", "json"]) == 2


class Failing:
    """Stands in for the module of a command that ends with an exception."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def add_arguments(self, parser: object) -> None:
        pass

    def run(self, args: object) -> int:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (
            RuntimeError("a\nb"),
            3,
            "lanegate: LG900 a bug in lanegate stopped the decision: RuntimeError: a b (report it; ",
        ),
        (GitError("\x1b[2J"), 3, "lanegate: LG903 \\x1b[2J (run: git fsck; "),
        (KeyboardInterrupt(), 130, ""),
        (SystemExit("words"), 2, ""),
        (SystemExit(7), 7, ""),
    ],
)
def test_how_a_command_ends(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "lanegate.cli.rule", Failing(error))
    assert command.main(["rule"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == (1 if said else 0)


def test_a_traceback_only_for_those_who_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "lanegate.cli.rule", Failing(RuntimeError("why")))
    monkeypatch.setenv("LANEGATE_TRACEBACK", "1")
    assert command.main(["rule"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """As in `lanegate rule --format json | head -1`."""
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; sys.stdin.read(); from lanegate.cli.main import main; sys.exit(main(['rule']))",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_text_that_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    ran = run_lanegate("policy", "show", "é.toml", cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ran.code == 3
    assert "LG901" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("arguments", [["--version"], ["rule", "LG101"], ["policy", "--help"]])
def test_a_command_imports_only_what_it_needs(arguments: list[str]) -> None:
    program = (
        "import sys\nbefore = set(sys.modules)\nfrom lanegate.cli.main import main\n"
        f"main({arguments!r})\n"
        "print(sorted(name for name in sys.modules.keys() - before if name.split('.')[0] in "
        "('pygit2', 'pathspec', 'tomlkit', 'subprocess', 'json', 'difflib', 'tomllib')), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr == "[]\n"
