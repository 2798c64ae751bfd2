"""Read what a file says of its picture: EXIF, IPTC and XMP, and the previews inside RAW files.

The only importer of exiv2. Metadata is hints from strangers: whatever is missing, malformed or out
of range is left out, and never fails the photo. Texts lose control characters and are cut to the
lengths in `imaging.values`, which parses them and is pure. Exiv2 is native code that parses hostile
bytes: run it where the process may die (`caption.worker`). It is handed bytes and opens no file;
what Lantern writes, `imaging.embed` writes, and `proof` here looks whether it is true.
"""

from lantern.imaging.metadata.previews import preview
from lantern.imaging.metadata.reading import Reading, orientation, read

__all__ = ["Reading", "orientation", "preview", "read"]
