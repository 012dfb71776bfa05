"""`--json`: the same as `--format json`, of every command that has it."""

from __future__ import annotations

import json

import pytest

from lanegate.cli.command_tree import command_tree
from lanegate.cli.main import main, parser_of
from tests.support import Clone, lanegate

ANSWERING = [
    command.words
    for command in command_tree()
    if any("--format" in option.flags and "json" in option.choices for option in command.options)
]


def test_many_commands_answer_in_json() -> None:
    assert ("verify",) in ANSWERING
    assert len(ANSWERING) > 20


@pytest.mark.parametrize("words", ANSWERING, ids=" ".join)
def test_the_short_option_means_the_same(words: tuple[str, ...]) -> None:
    (command,) = [command for command in command_tree() if command.words == words]
    assert any("--json" in option.flags for option in command.options)


@pytest.mark.parametrize(("options", "form"), [([], "text"), (["--json"], "json"), (["--format", "json"], "json")])
def test_what_is_asked_for_is_taken(options: list[str], form: str) -> None:
    assert parser_of("verify").parse_args(["HEAD", *options]).format == form
    assert parser_of("ledger").parse_args(["show", "1", *options]).format == form


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_it_is_json_in_any_encoding(encoding: str, repo: Clone) -> None:
    name = "caf\u00e9 \U0001f6a7"
    repo.change({name: "1"})
    ran = lanegate("hotspots", "--json", cwd=repo.path, env={"PYTHONIOENCODING": encoding})
    assert ran.ok, ran.both
    assert [file["path"] for file in json.loads(ran.out)["files"]] == [name]


def test_it_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "LG101", "--format", "json"]) == 0
    long = capsys.readouterr().out
    assert main(["rule", "LG101", "--json"]) == 0
    assert capsys.readouterr().out == long
