"""The error families of Lantern, and what each promises about trying again.

Every error a person can meet says the thing, what was expected, what was got and the next step,
in one sentence. Code catches a family, never `Exception`, save at a supervisor's boundary that
records the failure.
"""


class LanternError(Exception):
    """Base of every error that Lantern raises on purpose."""


class ConfigError(LanternError):
    """The configuration cannot be used; the owner must change it. Never retried."""


class PhotoError(LanternError):
    """A photo that cannot be used as it is. Never retried until the file changes."""


class Unavailable(LanternError):
    """Something outside this process does not answer now. Retried with back-off."""


class WorkerLost(Unavailable):
    """The caption worker died, hung or spoke nonsense while it held a photo."""


class StateUnavailable(Unavailable):
    """Lantern's own files cannot be written now: the disk is full, read-only or failing."""


class Damaged(LanternError):
    """A file of Lantern's own holds what was never written there. The next start makes it anew."""


class DeviceFault(LanternError):
    """A device misbehaves: the feature degrades, the fault is reported."""


class ProtocolError(LanternError):
    """A peer sent bytes that break the agreed format."""
