import os
from pathlib import Path

import photos
from lantern.caption.protocol import Develop, Developed, Identified, Identify
from lantern.caption.worker import Worker
from lantern.imaging.formats import Format
from lantern.imaging.metadata import read
from lantern.ingest.scan import list_folder
from lantern.model import Description, Metadata
from support.inscribing import MODELS, SENTENCE, look, write


class Silent:
    """A captioner that is asked nothing."""

    def describe(self, pixels: object) -> Description:
        raise AssertionError(f"no caption was asked, but of {pixels}")


def document(sentence: str, **attributes: str) -> bytes:
    """Return an XMP document as Lightroom lays it out."""
    more = "".join(f' xmp:{name}="{value}"' for name, value in attributes.items())
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"{more}>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{sentence}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def metadata(sidecar: bytes, shared: bytes) -> Metadata:
    data = photos.raw(photos.jpeg())
    return read(data, Format.RAW, 4, 3, sidecar=sidecar, shared_sidecar=shared).metadata


def test_the_own_sidecar_has_the_first_word_and_the_shared_one_the_second() -> None:
    found = metadata(document("Rex"), document("Somebody", Rating="4"))
    assert (found.human_caption, found.rating) == ("Rex", 4)
    assert metadata(b"", document("Somebody")).human_caption == "Somebody"
    assert metadata(document(""), document("Somebody")).human_caption == "Somebody"


def told(worker: Worker, path: bytes) -> tuple[int, str | None]:
    identified = worker.answer(Identify(path))
    assert isinstance(identified, Identified)
    developed = worker.answer(Develop(caption=False, thumbnail=False))
    assert isinstance(developed, Developed)
    return identified.sidecar, developed.metadata.human_caption


def stamp_of(root: bytes) -> int:
    (file,) = list_folder(root, b"").files
    return file.sidecar


def test_a_persons_sentence_in_the_shared_sidecar_wins_over_a_models_in_the_own(
    tmp_path: Path,
) -> None:
    photos.put(tmp_path, "a.nef", photos.raw(photos.jpeg()))
    shared = document("Rex on the ice")
    photos.put(tmp_path, "a.xmp", shared)
    write(tmp_path, "a.nef")
    assert look(tmp_path, "a.nef").imprint == MODELS, "it went into the own sidecar"
    assert (tmp_path / "a.xmp").read_bytes() == shared
    own = (tmp_path / "a.nef.xmp").read_bytes()
    assert metadata(own, shared).human_caption == "Rex on the ice"
    assert metadata(own, document(SENTENCE)).human_caption is None, "a copy is the model's, too"


def test_a_worker_reads_the_shared_sidecar_and_tells_the_stamp_that_a_scan_finds(
    tmp_path: Path,
) -> None:
    root = os.fsencode(tmp_path)
    photos.put(tmp_path, "a.nef", photos.raw(photos.jpeg()))
    photos.put(tmp_path, "a.xmp", document("Rex on the ice"))
    worker = Worker(root, Silent())
    assert told(worker, b"a.nef") == (stamp_of(root), "Rex on the ice")
    photos.put(tmp_path, "a.nef.xmp", document("Rex"))
    assert told(worker, b"a.nef") == (stamp_of(root), "Rex")
