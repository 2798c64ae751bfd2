"""Find photos by words: the ports, the pure parts and one adapter an engine.

`port` says what an engine must do; `words`, `inflection`, `document`, `query`, `facets`, `typo`,
`highlight` and `reading` are pure and shared by every engine; `embedded` is the engine inside
Lantern, `meili` the client of a server. Nothing here reads the catalog: documents come in, ids go
out.
"""
