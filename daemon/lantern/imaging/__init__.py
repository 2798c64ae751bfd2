"""Pictures as bytes: formats, fingerprints, decoding and metadata.

The one room that opens image files. `decode` is the only importer of libvips and pillow-heif,
`metadata` the only importer of exiv2; `formats` and `fingerprint` are pure.
"""
