"""Sensors, projector and camera behind small ports; one adapter a file, none of them decides.

`ports` says what the show needs of each, `build` makes the adapters that the configuration names.
Each vendor library is imported in one file alone. What cannot exist everywhere has a simulated
twin, chosen by name (`by = "simulated"`), never fallen back to.
"""
