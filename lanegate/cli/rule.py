"""`lanegate rule [CODE]`: what a code means, why there is such a rule, what to do; without CODE, all of them."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from lanegate.cli.formats import add_text_or_json
from lanegate.core.codes import CODES, Code

JSON_VERSION = 1
#: Columns of the text, where the terminal has as many.
_WIDEST = 100


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="such as LG101; without it, all codes are listed")
    add_text_or_json(parser)


def run(args: Namespace) -> int:
    """0, or 2 when there is no such code."""
    if args.code is None:
        return _list_all(args.format)
    code = CODES.get(args.code.upper())
    if code is None:
        sys.stderr.write(f"lanegate: there is no code {args.code[:64]!a}{_nearest(args.code)}\n")
        return 2
    sys.stdout.write(_json(_value(code)) if args.format == "json" else _text(code))
    return 0


def _list_all(form: str) -> int:
    if form == "json":
        sys.stdout.write(_json({"codes": [_value(code) for code in CODES.values()]}))
    else:
        sys.stdout.writelines(f"{code.code}  {code.title}\n" for code in CODES.values())
    return 0


def _text(code: Code) -> str:
    from textwrap import fill

    from lanegate.render.terminal import terminal_of

    width = min(terminal_of(sys.stdout, os.environ).width or _WIDEST, _WIDEST)

    def paragraph(title: str, text: str) -> str:
        return fill(text, width, initial_indent=f"  {title}  ".ljust(9), subsequent_indent=" " * 9)

    lines = [
        f"{code.code} {code.title}",
        paragraph("why", code.why),
        paragraph("do", code.what_to_do),
        paragraph("from", ", ".join(code.requirements)),
        "  as in",
        *(f"    {line}" for line in code.example.splitlines()),
    ]
    return "\n".join(lines) + "\n"


def _value(code: Code) -> dict[str, object]:
    return code._asdict() | {"requirements": list(code.requirements)}


def _json(value: dict[str, object]) -> str:
    import json

    return json.dumps({"version": JSON_VERSION, **value}, ensure_ascii=False, indent=2) + "\n"


def _nearest(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word[:64].upper(), CODES, 1, 0.5)
    return f"; did you mean {near[0]} ({CODES[near[0]].title})?" if near else "; `lanegate rule` lists them all"
