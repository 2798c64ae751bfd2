"""Bytes on a wire: serial lines, and the protocol of the presence board.

`framing`, `messages` and `session` are sans-IO: bytes and the time are passed in. `serial` is the
only importer of pyserial. The protocol for people is firmware/PROTOCOL.md.
"""
