"""The local search page: read-only, its own process, no third-party request.

Start at `app`. The room sees the collection only through `library.Library`, which the composition
root fills in. Importing this package imports no web framework, so that commands which serve
nothing do not pay for one.
"""
