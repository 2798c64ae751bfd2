"""The catalog: the only durable truth, a SQLite database with one writer.

`state` is the life of a file and `correction` the say of people, both as pure functions; `schema`
the tables and their migrations; `store` the daemon's writing side, with `captions` and `writing`
for the sentences; `reader` the reading side for every other process; `thumbnails` the disposable
pictures beside it.
"""
