"""The control socket: how commands ask the running daemon. File permissions guard it."""
