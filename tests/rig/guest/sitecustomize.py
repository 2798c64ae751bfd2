"""Has a caption worker eat all memory it gets, when it comes upon a photo called "hungry".

Then it ends, as programs do that have no answer to that.

Python imports this at its start, where the tests put it on the path.
"""

import mmap
import os
import sys

AT_ONCE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
"""Without running a line of its own meanwhile: or it is as slow as memory is short."""

if "lantern.caption.worker" in sys.orig_argv:
    from lantern.imaging import source

    _read_photo = source.read_photo

    def _eat(root: bytes, path: bytes) -> source.Source:
        eaten = []
        while os.path.basename(path).startswith(b"hungry"):
            eaten.append(mmap.mmap(-1, 16 << 20, AT_ONCE))
        return _read_photo(root, path)

    source.read_photo = _eat
