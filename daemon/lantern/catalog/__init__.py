"""The catalog: the only durable truth, a SQLite database with one writer.

`state` is the life of a file as a pure function, `schema` the tables and their migrations, `store`
the daemon's writing side, `reader` the reading side for every other process, `thumbnails` the
disposable pictures beside it.
"""
