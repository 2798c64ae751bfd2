"""Pictures as bytes: formats, fingerprints, decoding and metadata.

The one room that opens image files, and the only one that writes to them. `decode` is the only
importer of libvips and pillow-heif, `metadata` the only importer of exiv2. Pure: `formats`,
`fingerprint`, `values`, `sidecar`, `imprint`, `captions`, `png_text`, `sharpness` and `embed`.
"""
