"""`lantern.toml` into frozen structs: what the owner wrote, checked once, at the edge.

Each room gets its own section, never the whole. The file at the top of the repository documents
every option; a test loads it and compares it with the defaults here.
"""

from lantern.config.backup import Backup
from lantern.config.collection import Captions, Paths, Photos, Policy, Search, Web
from lantern.config.file import Config, find, load, parse
from lantern.config.good import InForce, in_force
from lantern.config.kiosk import Decibels, Hours, Presence, Projector, Sound
from lantern.config.section import Section
from lantern.config.show import Camera, Guests, Programme, Sensor, Show

__all__ = [
    "Backup",
    "Camera",
    "Captions",
    "Config",
    "Decibels",
    "Guests",
    "Hours",
    "InForce",
    "Paths",
    "Photos",
    "Policy",
    "Presence",
    "Programme",
    "Projector",
    "Search",
    "Section",
    "Sensor",
    "Show",
    "Sound",
    "Web",
    "find",
    "in_force",
    "load",
    "parse",
]
