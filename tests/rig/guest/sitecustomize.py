"""Has a caption worker eat all memory there is, when it comes upon a photo called "hungry".

Python imports this at its start, where the tests put it on the path.
"""

import os
import sys

if "lantern.caption.worker" in sys.orig_argv:
    from lantern.imaging import source

    _read_photo = source.read_photo

    def _eat(root: bytes, path: bytes) -> source.Source:
        eaten = []
        while os.path.basename(path).startswith(b"hungry"):
            eaten.append(b"\1" * (8 << 20))
        return _read_photo(root, path)

    source.read_photo = _eat
