"""What a release consists of and where it comes from: locks, wheels, its bill, advisories.

Runs on a desk, in the tests, and (`bill`, by Debian's own Python) where a release is built.
"""
