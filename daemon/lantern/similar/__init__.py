"""Which photos look alike: neighbours by their features, near-duplicates and bursts as groups.

Pure and numpy: vectors and facts come in, photo ids go out. `neighbours` compares, `groups` decides
who belongs together, `best` who is shown first. `ingest.group` keeps the catalog's groups up to
date by it, the page asks it for "more like this". See ARCHITECTURE.md, "Photos that look alike".
"""
