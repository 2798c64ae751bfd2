"""The show: what the room sees and hears, by who is there, what time it is and what still works.

Deciding is pure (`presence`, `state`, `ramp`, `hours`, `programme`, `picture`): time and readings
come in, what is wanted goes out (`wanted`). `director` and `screen` apply it.
"""
