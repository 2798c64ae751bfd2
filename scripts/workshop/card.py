"""`scripts/captioner card`: make the model card say what the model's files are.

Asks the model what it says of the known picture and keeps that in `model.json`, unless what stands
there is still true; then writes the parts of CARD.md that stand between markers, and the drawing.
Run it last, after `quantize` and `evaluate --record`. The rest of the card is written by hand. A
test fails while the parts are not what this makes of the files.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from lantern.caption import known
from lantern.caption.card import CARD
from lantern.caption.manifest import MANIFEST, SHIPPED_MODELS, Manifest, read_manifest, read_part
from workshop.anatomy import Graph, Layer, read_graph
from workshop.drawing import Lane, draw, size

DRAWING = "graph.svg"

WHEN = {"step": "once a word"}
"""How often a graph runs, where that is not once a photo."""

Row = Sequence[object]


def main() -> None:
    """Write the card, or with `--check` say whether it is written."""
    arguments = _arguments()
    models: Path = arguments.models
    if not arguments.check:
        record_answer(models)
    stale = [file for file, text in composed(models).items() if _kept(models / file) != text]
    if arguments.check and stale:
        raise SystemExit(f"{models}: {', '.join(stale)} out of date; run scripts/captioner card")
    for file in stale:
        (models / file).write_text(composed(models)[file], encoding="utf-8")
    print(f"{models}: {', '.join(stale) or 'nothing'} written anew")


def composed(models: Path) -> dict[str, str]:
    """Return what the card and its drawing should be, by file name, for the files in `models`."""
    manifest = read_manifest(models)
    lanes = list(_lanes(models, manifest))
    parts = {
        "files": "\n".join(_files(models, manifest)),
        "figures": "\n".join(_figures(manifest.figures)),
        "answer": _answer(manifest),
        "graphs": "\n".join(_graphs([lane.graph for lane in lanes])),
    }
    title = f"The graphs of {manifest.name} {manifest.version}: stages, shapes, bytes"
    card = (models / CARD).read_text("utf-8")
    return {CARD: filled(card, parts), DRAWING: draw(lanes, title)}


def filled(card: str, parts: Mapping[str, str]) -> str:
    """Return `card` with each of `parts` between its markers.

    Raises:
        ValueError: the card has not the markers of a part, or has them twice.
    """
    for name, text in parts.items():
        begin, end = f"<!-- {name}, made by scripts/captioner card -->", f"<!-- end of {name} -->"
        found = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        if len(found.findall(card)) != 1:
            raise ValueError(f"{CARD}: expected the lines {begin} and {end} once")
        card = found.sub(lambda _, new=f"{begin}\n{text}\n{end}": new, card)
    return card


def record_answer(models: Path) -> None:
    """Keep in the manifest what the model says of the known picture, if that is news."""
    from lantern.caption.tflite import TfliteCaptioner  # noqa: PLC0415 - composing runs no model

    manifest = read_manifest(models)
    answer = TfliteCaptioner(models).describe(known.picture())
    if manifest.known_answer and known.deviation(manifest.known_answer, answer) is None:
        return
    changed = msgspec.structs.replace(manifest, known_answer=answer)
    (models / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(changed)) + b"\n")


def _kept(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _lanes(models: Path, manifest: Manifest) -> Iterator[Lane]:
    for name, part in manifest.parts.items():
        if part.file.endswith(".tflite"):
            yield Lane(name, read_graph(models / part.file), WHEN.get(name, "once a photo"))


def _files(models: Path, manifest: Manifest) -> Iterator[str]:
    sizes = {part.file: len(read_part(models, part)) for part in manifest.parts.values()}
    whole = sum(sizes.values())
    yield f"{manifest.name} {manifest.version}: {whole:,} bytes in {len(sizes)} files.\n"
    rows = (
        (f"`{part.file}`", f"{sizes[part.file]:,}", f"`{part.sha256}`")
        for part in manifest.parts.values()
    )
    yield from _table(("file", "bytes", "SHA-256"), rows)


def _figures(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    columns = list(dict.fromkeys(name for row in figures.values() for name in row))
    rows = (
        (name, *(_number(row[column]) if column in row else "–" for column in columns))
        for name, row in figures.items()
    )
    yield from _table(("set and split", *columns), rows)


def _answer(manifest: Manifest) -> str:
    answer = manifest.known_answer
    if answer is None:
        return "Nobody has asked this model yet."
    tags = ", ".join(f"{tag.name} {_number(round(tag.score, 2))}" for tag in answer.tags)
    score = _number(round(answer.caption.score, 2))
    return f'It says "{answer.caption.sentence}" (score {score}); tags: {tags or "none"}.'


def _graphs(graphs: Sequence[Graph]) -> Iterator[str]:
    yield f"![The stages of the graphs, their shapes and bytes]({DRAWING})\n"
    for graph in graphs:
        rest = graph.bytes - graph.weight_bytes
        yield (
            f"<details><summary><code>{graph.file}</code>: {len(graph.layers)} operations, "
            f"{graph.weight_bytes:,} bytes of constants, {size(rest)} of structure, names and "
            "scales</summary>\n"
        )
        rows = (_row(number, layer) for number, layer in enumerate(graph.layers))
        yield from _table(("", "operation", "constants", "output", "bytes"), rows)
        yield "\n</details>\n"


def _row(number: int, layer: Layer) -> Row:
    constants = ", ".join(map(str, layer.weights))
    outputs = ", ".join(map(str, layer.outputs))
    return number, layer.operation, constants, outputs, f"{layer.bytes:,}"


def _table(head: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def _number(value: float) -> str:
    """Return `value` for a table: ".561", "1,000", "29.7"."""
    if float(value).is_integer() and value >= 1:
        return f"{value:,.0f}"
    return f"{value:.3f}".removeprefix("0") if abs(value) < 1 else f"{value:.1f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/captioner card", description=__doc__)
    parser.add_argument("--models", type=Path, default=SHIPPED_MODELS, help="another model folder")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    return parser.parse_args()


if __name__ == "__main__":
    main()
