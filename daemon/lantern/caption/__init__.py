"""From a photo to a sentence: the model, and the process that runs it.

`client` is the daemon's end and `worker` the child's, `protocol` what they say; `tflite` is the
captioner, `graphs` the only importer of a runtime; `decode`, `tags`, `vocabulary` and `agreement`
are pure.
"""
