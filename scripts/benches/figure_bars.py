"""What a bench's figures are held to, in words. Imported by benches; no bench of its own."""


def beside_bar(bars, name, value):
    """Return the bar of this figure for people, "" for none, and whether it is met."""
    if name not in bars or value is None:
        return ""
    return f"bar: at most {bars[name]:g}, {'met' if value <= bars[name] else 'MISSED'}"
