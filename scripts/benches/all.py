"""Run every bench, and write one table and three pictures of what they measured.

`scripts/bench all --photos DIR --into FOLDER` runs them one after the other, about two hours, or a
quarter of one with `--quick`, whose figures tell little. FOLDER gets `figures.md`, a table in
Markdown with the machine it ran on; `figures.json`, all of it for programs; `bars.png`, each figure
that has a bar as a share of it; `peers.png`, what Lantern takes as a share of what other programs
do; and `growth.png`. A bench that fails costs its own figures, is named in the table, and makes
this one end with status 1. `--only search growth` runs these. `--go-on` keeps what FOLDER has of
this machine: a run that was cut goes on, and with `--only` these are measured anew.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BAR = re.compile(r"^(\S+) .*bar: at most (\S+), (met|MISSED)$")


class Bench(NamedTuple):
    """A bench: its name, and its options, wholly and for a quick look. "{photos}" is the folder."""

    name: str
    whole: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()


BENCHES = (
    Bench("ingest", ("{photos}",), ("{photos}", "--runs", "1")),
    Bench("growth", (), ("--photos", "200", "1000")),
    Bench("rescan", (), ("--files", "10000")),
    Bench(
        "search",
        ("--documents", "100000", "--visitors", "200"),
        ("--documents", "5000", "--visitors", "20"),
    ),
    Bench("page", (), ("--documents", "5000", "--loads", "3")),
    Bench("boot", (), ("--documents", "0", "5000", "--runs", "3")),
    Bench("similar", (), ("--photos", "5000")),
    Bench("presence", (), ("--arrivals", "5")),
    Bench("show", ("{photos}",), ("{photos}", "--seconds", "10")),
    Bench("board", (), ("--rounds", "10")),
    Bench(
        "backup",
        (),
        ("--megabytes", "100", "--file-kb", "1000", "--files", "500", "--runs", "1"),
    ),
    Bench(
        "wear", ("{photos}", "--minutes", "10"), ("{photos}", "--photos", "20", "--minutes", "1")
    ),
    Bench("memory", (), ("--hours", "4")),
)


PEERS = (
    ("ingest", "thumbnail_ms", "pillow_thumbnail_ms", "a thumbnail: Pillow"),
    ("ingest", "metadata_ms", "exiftool_metadata_ms", "metadata: exiftool"),
    ("search", "plain_p50_ms", "fts_p50_ms", "a key, median: SQLite FTS5"),
    ("search", "plain_p99_ms", "fts_p99_ms", "a key, 99th percentile: SQLite FTS5"),
    ("backup", "first_s", "borgmatic_first_s", "a first backup: borgmatic"),
    ("presence", "line_edge_p50_ms", "gpiozero_line_edge_p50_ms", "a motion line: gpiozero"),
    ("presence", "range_edge_p50_ms", "gpiozero_range_edge_p50_ms", "an echo: gpiozero"),
)
"""Bench, Lantern's figure, the peer's, and what it is."""


class Told(NamedTuple):
    """What a bench told: its figures, what they should be at most, and why it failed, "" if not."""

    name: str
    figures: dict
    bars: dict[str, float]
    seconds: float
    fault: str = ""


def run(bench, photos, *, quick):
    """Run `bench`; return what it told."""
    words = [word.format(photos=photos) for word in (bench.quick if quick else bench.whole)]
    print(f"{bench.name} {' '.join(words)}".rstrip(), file=sys.stderr)
    began = time.monotonic()
    command = [ROOT / "scripts" / "bench", bench.name, *words, "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            out, error = process.communicate()
        finally:
            process.terminate()  # it has children of its own, if it still runs
    done = subprocess.CompletedProcess(command, process.returncode, out, error)
    return heard(bench.name, done, time.monotonic() - began)


def heard(name, done, seconds):
    """Return what the bench that is `done` told in its table and in its last line."""
    lines = done.stdout.splitlines()
    bars = {found[1]: float(found[2]) for line in lines if (found := BAR.match(line))}
    try:
        figures = json.loads(lines[-1])
    except (IndexError, ValueError):
        words = (done.stderr or done.stdout).strip().splitlines()
        return Told(name, {}, {}, seconds, words[-1] if words else f"status {done.returncode}")
    fault = "" if done.returncode == 0 else f"status {done.returncode}"
    return Told(name, figures, bars, seconds, fault)


def table(told, machine):
    """Return the table of all benches, Markdown."""
    rows = ["| bench | figure | measured | at most | |", "| --- | --- | --- | --- | --- |"]
    for one in told:
        if one.fault:
            rows.append(f"| {one.name} | **failed** | {_cell(one.fault)} | | |")
        for name, value in one.figures.items():
            bar = one.bars.get(name)
            verdict = "" if bar is None else "met" if value <= bar else "**missed**"
            least = "" if bar is None else f"{bar:g}"
            rows.append(f"| {one.name} | {name} | {_cell(value)} | {least} | {verdict} |")
    took = sum(one.seconds for one in told) / 60
    return f"Measured on {machine}, in {took:.0f} minutes.\n\n" + "\n".join(rows) + "\n"


def _cell(value):
    """Return a figure as a cell of the table takes it."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_cell(one)}" for name, one in value.items())
    return str(value).replace("|", "\\|")


def machine():
    """Return in words what machine this is."""
    model = Path("/proc/device-tree/model")  # a Raspberry Pi tells its name there
    name = model.read_text().rstrip("\0") if model.exists() else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"


def kept(folder):
    """Return what `folder` has of this machine, but for benches that failed."""
    try:
        figures = json.loads((folder / "figures.json").read_text())
    except FileNotFoundError:
        return []
    if figures.pop("machine") != machine():
        return []
    return [one for one in (Told(**told) for told in figures.values()) if not one.fault]


def write(told, folder):
    """Write the figures into `folder`, for people and for programs."""
    (folder / "figures.md").write_text(table(told, machine()))
    figures = {"machine": machine()} | {one.name: one._asdict() for one in told}
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")


def draw(told, folder):
    """Draw the figures that have bars, the peers and the growth into `folder`."""
    import matplotlib  # noqa: PLC0415 - figures are there without pictures, too

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415 - after the backend is chosen

    if shares := list(barred(told)):
        _bars(pyplot, shares, "share of what it should be at most", folder / "bars.png")
    if shares := list(peers(told)):
        _bars(pyplot, shares, "Lantern's share of what it takes", folder / "peers.png", log=True)
    grown = [found for one in told if one.name == "growth" for found in growth(one.figures)]
    if len(grown) > 1:
        _growth(pyplot, grown, folder / "growth.png")


def barred(told):
    """Yield each figure that has a bar, with its share of it; of levels, in dB, of amplitudes."""
    for one in told:
        for name, bar in one.bars.items():
            if bar and one.figures.get(name) is not None:
                value = one.figures[name]
                share = value / bar if bar > 0 else 10 ** ((value - bar) / 20)
                yield f"{one.name}: {name} ({value:g} of {bar:g})", share


def peers(told):
    """Yield what each peer does, with Lantern's share of what it takes."""
    by_name = {one.name: one.figures for one in told}
    for bench, ours, theirs, words in PEERS:
        figures = by_name.get(bench, {})
        if figures.get(ours) and figures.get(theirs):
            told_by = (
                f"{words} ({figures[ours]:g} of {figures[theirs]:g} {ours.rpartition('_')[2]})"
            )
            yield told_by, figures[ours] / figures[theirs]


def _bars(pyplot, shares, words, file, *, log=False):
    names, values = zip(*reversed(shares), strict=True)
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.32 * len(names)), layout="constrained")
    axes.barh(names, values, color=["#3b7d4f" if value <= 1 else "#b5442e" for value in values])
    axes.axvline(1, color="#333333", linewidth=1)
    axes.set_xlabel(words)
    if log:
        axes.set_xscale("log")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def _growth(pyplot, grown, file):
    photos, seconds = zip(*grown, strict=True)
    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    axes.loglog(photos, seconds, "o-", color="#3b7d4f", label="measured")
    straight = [seconds[0] * count / photos[0] for count in photos]
    axes.loglog(photos, straight, "--", color="#888888", label="in proportion")
    axes.set_xlabel("photos")
    axes.set_ylabel("seconds until all is searchable")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def growth(figures):
    """Return the pairs (photos, seconds) of the growth's figures, the fewest photos first."""
    found = (re.fullmatch(r"seconds_(\d+)", name) for name in figures)
    return sorted((int(name[1]), figures[name[0]]) for name in found if name)


def main():
    """Run them, and write what they told."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench all",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos; only read")
    parser.add_argument("--into", type=Path, required=True, help="where the figures are written")
    parser.add_argument(
        "--quick", action="store_true", help="small and short: it tries the benches"
    )
    parser.add_argument("--only", nargs="+", choices=[bench.name for bench in BENCHES])
    parser.add_argument("--go-on", action="store_true", help="keep what is there already")
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    told = {one.name: one for one in kept(asked.into)} if asked.go_on else {}
    for bench in BENCHES:
        if bench.name in asked.only if asked.only else bench.name not in told:
            told[bench.name] = run(bench, asked.photos.resolve(), quick=asked.quick)
            write(in_order(told), asked.into)
    draw(in_order(told), asked.into)
    print((asked.into / "figures.md").read_text(), end="")
    sys.exit(any(one.fault for one in told.values()))


def in_order(told):
    """Return what was told in the order of the benches."""
    return [told[bench.name] for bench in BENCHES if bench.name in told]


if __name__ == "__main__":
    main()
