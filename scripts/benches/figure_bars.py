"""Tell a bench's figures beside what they are held to. Imported by benches; no bench of its own."""

import json


def tell_figures(figures, bars, *, as_json):
    """Print a line a figure, with its bar, and with `as_json` all of them as one JSON object."""
    for name, value in figures.items():
        print(f"{name:24} {value!s:>12}  {beside_bar(bars, name, value)}".rstrip())
    if as_json:
        print(json.dumps(figures))


def beside_bar(bars, name, value):
    """Return the bar of this figure for people, "" for none, and whether it is met."""
    if name not in bars or value is None:
        return ""
    return f"bar: at most {bars[name]:g}, {'met' if value <= bars[name] else 'MISSED'}"
