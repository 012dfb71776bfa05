"""A picture of the repository's tree, coloured by the lanes that own it: plain SVG, the same for the same input.

A treemap: each folder takes room by the number of its files. A folder whose files are all of one kind (owners, zone) is
one field; one too small to be told apart is a field with a strip for each kind, in proportion. So 50,000 files stay
some thousand rectangles that a browser shows at once.

Every name comes from a repository, so it is hostile: shown on one line, escaped, never more than text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from lanegate.core.named_tuple import NamedTuple
from lanegate.render.folders import EXAMPLES, Folder, Kind, folders_of, merged, straight_down
from lanegate.render.plain import one_line, show_path
from lanegate.render.terminal import columns_of
from lanegate.render.treemap import Rect, sliced, squarified

WIDTH, HEIGHT, LEGEND = 1400, 860, 230
_TOP, _MARGIN = 34, 10
_HEADER = 14
#: Square pixels: below this a folder is not taken apart; and a child of one gets this much, or is folded with others.
_LEAST_AREA = 900
_LEAST_CHILD = 250
_LETTER = 6.1
#: Strips of a field, and lanes in the legend; the rest is told as one.
_MOST_STRIPS = 8
_MOST_LANES = 40
#: Light enough for black letters (ColorBrewer, Set3, without its grey).
_COLOURS = (
    *("#8dd3c7", "#ffffb3", "#bebada", "#fb8072", "#80b1d3", "#fdb462"),
    *("#b3de69", "#fccde5", "#bc80bd", "#ccebc5", "#ffed6f"),
)
_UNOWNED, _OTHERS = "#dcdcdc", "#a8a8a8"
#: By the mode of a zone.
_ZONES = {"high-risk": "#c00000", "frozen": "#004c99", "append-only": "#7a5200", "shared": "#2f7d32"}
_HOT = "#ff4500"


class Field(NamedTuple):
    """A rectangle of the picture. kind: None where many are told as one. label: on it; title: what a pointer says."""

    rect: Rect
    kind: Kind | None
    label: str
    title: str


def ownership_svg(files: Iterable[tuple[bytes, Kind]], lanes: Sequence[str], title: str) -> str:
    """The picture, ending with a newline. lanes: in the order of the policy, which gives the colours."""
    top = folders_of(files)
    colours = {lane: _colour(number) for number, lane in enumerate(lanes)}
    stripes: dict[tuple[str, ...], str] = {}
    room = Rect(_MARGIN, _TOP, WIDTH - LEGEND - 2 * _MARGIN, HEIGHT - _TOP - _MARGIN)
    body: list[str] = []
    for part in _folder(b"", top, room) if top.count else ():
        body += _drawn(part, colours, stripes) if isinstance(part, Field) else [part]
    body += _legend(top.counts, colours)
    return "\n".join([*_head(title, top.count), *_patterns(stripes, colours), *body, "</svg>"]) + "\n"


def _folder(path: bytes, folder: Folder, room: Rect, around: bytes = b"") -> Iterator[Field | str]:
    """The fields of a folder, and the frames around those that are taken apart. around: path of the frame around it,
    which its label need not repeat."""
    path, folder = straight_down(path, folder)
    label = _name(path[len(around) + 1 :] if around else path)
    if len(folder.counts) == 1 or room.area < _LEAST_AREA or not (folder.folders or folder.files):
        yield from _strips(_name(path), label, folder, room)
        return
    inner = room.inside(2, _HEADER if room.height > 2.5 * _HEADER else 2)
    if path:
        yield from _frame(room, _name(path), label, folder.count)
    children: list[tuple[int, bytes, Folder | Kind]] = [
        (below.count, name, below) for name, below in folder.folders.items()
    ]
    children += [(count, b"", kind) for kind, count in folder.files.items()]
    children.sort(key=lambda child: (-child[0], child[1], child[2] if isinstance(child[2], Kind) else Kind()))
    most = max(int(inner.area // _LEAST_CHILD), 1)
    if len(children) > most:
        children, rest = children[: most - 1], children[most - 1 :]
        few = merged([below if isinstance(below, Folder) else _only(below, count) for count, _, below in rest])
        children.append((few.count, b"", few))
        children.sort(key=lambda child: -child[0])
    for (count, name, below), rect in zip(children, squarified([child[0] for child in children], inner), strict=True):
        if isinstance(below, Kind):
            yield _files(path, folder, below, count, rect)
        elif name:
            yield from _folder(path + b"/" + name if path else name, below, rect, path)
        else:
            yield from _strips(f"{_name(path)} and below", "", below, rect)


def _only(kind: Kind, count: int) -> Folder:
    folder = Folder()
    folder.counts[kind] = count
    return folder


def _files(path: bytes, folder: Folder, kind: Kind, count: int, rect: Rect) -> Field:
    """The files of one kind that stand right in a folder."""
    names = [one_line(show_path(name)) for name in folder.examples[kind]]
    label = names[0] if count == 1 else f"{count} files"
    more = ", …" if count > EXAMPLES else ""
    return Field(rect, kind, label, f"{_name(path)}: {', '.join(names)}{more} ({_told(kind, count)})")


def _strips(name: str, label: str, folder: Folder, room: Rect) -> Iterator[Field]:
    """One field, or a strip for each kind of file below a folder. label: on it, where it is one."""
    kinds = sorted(folder.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown, rest = kinds[:_MOST_STRIPS], sum(count for _, count in kinds[_MOST_STRIPS:])
    weights = [count for _, count in shown] + ([rest] if rest else [])
    for at, rect in enumerate(sliced(weights, room)):
        kind = shown[at][0] if at < len(shown) else None
        yield Field(rect, kind, label if len(weights) == 1 else "", f"{name}: {_told(kind, weights[at])}")


def _frame(room: Rect, name: str, label: str, count: int) -> Iterator[str]:
    box = f'x="{room.x:.1f}" y="{room.y:.1f}" width="{room.width:.1f}" height="{room.height:.1f}"'
    yield f'<rect {box} class="folder"><title>{_text(name)}: {_files_word(count)}</title></rect>'
    if room.height > 2.5 * _HEADER:
        yield from _label(label, room, bold=True)


def _drawn(field: Field, colours: Mapping[str, str], stripes: dict[tuple[str, ...], str]) -> Iterator[str]:
    rect, kind = field.rect, field.kind
    fill = _OTHERS if kind is None else _fill(kind.owners, colours, stripes)
    box = f'x="{rect.x:.1f}" y="{rect.y:.1f}" width="{rect.width:.1f}" height="{rect.height:.1f}"'
    yield f'<rect {box} fill="{fill}" class="field"><title>{_text(field.title)}</title></rect>'
    if kind is not None and (kind.zone or kind.is_hot):
        inset = rect.inside(1.5, 1.5)
        box = f'x="{inset.x:.1f}" y="{inset.y:.1f}" width="{inset.width:.1f}" height="{inset.height:.1f}"'
        if kind.zone:
            yield f'<rect {box} class="zone" stroke="{_ZONES[kind.zone]}"/>'
        if kind.is_hot:
            size = min(4.0, inset.width / 2, inset.height / 2)
            at = f'cx="{inset.x + inset.width - size:.1f}" cy="{inset.y + size:.1f}"'
            yield f'<circle {at} r="{size:.1f}" fill="{_HOT}"/>'
    yield from _label(field.label, rect)


def _label(text: str, rect: Rect, *, bold: bool = False) -> Iterator[str]:
    """Text at the upper left, as much of it as there is room for."""
    most = int((rect.width - 6) / _LETTER)
    if rect.height < _HEADER - 2 or most < 3 or not text:
        return
    if columns_of(text) > most:
        text = text[: most - 1]
        while columns_of(text) >= most:
            text = text[:-1]
        text += "…"
    style = ' class="name"' if bold else ""
    yield f'<text x="{rect.x + 4:.1f}" y="{rect.y + 11:.1f}"{style}>{_text(text)}</text>'


def _head(title: str, count: int) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    yield f"<title>{_text(title)}</title>"
    yield "<style>text{font:10px monospace;fill:#111}.name{font-weight:bold}.head{font-size:15px;font-weight:bold}"
    yield ".folder{fill:#fff;stroke:#555}.field{stroke:#fff;stroke-width:.6}.zone{fill:none;stroke-width:2}</style>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    yield f'<text x="{_MARGIN}" y="22" class="head">{_text(title)}: {_files_word(count)}</text>'


def _patterns(stripes: Mapping[tuple[str, ...], str], colours: Mapping[str, str]) -> Iterator[str]:
    """Stripes in the colours of all lanes that own the same file."""
    if not stripes:
        return
    yield "<defs>"
    for owners, name in stripes.items():
        size = 6 * len(owners)
        turned = 'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"'
        yield f'<pattern id="{name}" width="{size}" height="{size}" {turned}>'
        for at, lane in enumerate(owners):
            yield f'<rect x="{6 * at}" width="6" height="{size}" fill="{colours[lane]}"/>'
        yield "</pattern>"
    yield "</defs>"


def _fill(owners: tuple[str, ...], colours: Mapping[str, str], stripes: dict[tuple[str, ...], str]) -> str:
    if not owners:
        return _UNOWNED
    if len(owners) == 1:
        return colours[owners[0]]
    return f"url(#{stripes.setdefault(owners, f's{len(stripes)}')})"


def _legend(counts: Counter[Kind], colours: Mapping[str, str]) -> Iterator[str]:
    """Lanes by number of files, then what the marks mean."""
    owned: Counter[str] = Counter()
    zones: Counter[str] = Counter()
    for kind, count in counts.items():
        owned.update(dict.fromkeys(kind.owners, count))
        zones[kind.zone] += count
    hot = sum(count for kind, count in counts.items() if kind.is_hot)
    lanes = sorted(colours, key=lambda lane: (-owned[lane], lane))
    rows = [(f'fill="{colours[lane]}"', f"{lane}  {_files_word(owned[lane])}") for lane in lanes[:_MOST_LANES]]
    if len(lanes) > _MOST_LANES:
        rows.append((f'fill="{_OTHERS}"', f"and {len(lanes) - _MOST_LANES} more lanes"))
    nobody = sum(count for kind, count in counts.items() if not kind.owners)
    rows.append((f'fill="{_UNOWNED}" stroke="#999"', f"nobody  {_files_word(nobody)}"))
    for mode, colour in _ZONES.items():
        if zones[mode]:
            rows.append((f'fill="none" stroke="{colour}" stroke-width="2"', f"zone {mode}  {_files_word(zones[mode])}"))
    x = WIDTH - LEGEND
    for at, (style, words) in enumerate(rows):
        y = _TOP + 17 * at
        yield f'<rect x="{x}" y="{y}" width="12" height="12" {style}/>'
        yield f'<text x="{x + 18}" y="{y + 10}">{_text(words[:34])}</text>'
    if hot:
        y = _TOP + 17 * len(rows) + 6
        yield f'<circle cx="{x + 6}" cy="{y}" r="4" fill="{_HOT}"/>'
        yield f'<text x="{x + 18}" y="{y + 4}">hot  {_files_word(hot)}</text>'


def _colour(number: int) -> str:
    """Of the lane of that place: hand-picked ones first, then by the golden angle, so that neighbours differ."""
    if number < len(_COLOURS):
        return _COLOURS[number]
    return f"hsl({number * 137.508 % 360:.0f},55%,{72 if number % 2 else 82}%)"


def _told(kind: Kind | None, count: int) -> str:
    if kind is None:
        return f"{_files_word(count)} of several lanes"
    words = [_files_word(count), ", ".join(kind.owners) or "nobody owns"]
    words += [f"zone {kind.zone}"] if kind.zone else []
    return "; ".join([*words, "hot"] if kind.is_hot else words)


def _files_word(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _name(path: bytes) -> str:
    return one_line(show_path(path)) + "/" if path else "/"


def _text(text: str) -> str:
    """Text for XML: escaped, without what XML 1.0 has no place for."""
    return escape(one_line(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff"))
