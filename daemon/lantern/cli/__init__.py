"""The commands, one file each.

A command module has `add_arguments(parser)` and `run(arguments) -> ExitCode`, and imports
what is slow (Starlette, the runtime, the index) inside `run`: a Pi pays for every import. argparse,
not a larger library, for the same reason.
"""
