"""The floor of ingest: bare decode, bare encoder, bridge and step invocations, nothing else.

`ingest_floor.py PHOTO…` waits for a line on standard input, then does for each photo what cannot be
avoided, and prints the seconds it took. The step graph is invoked as often as the product invoked
it for the same photo: the counts are taken beforehand, outside the measured time. No search, no
metadata, no thumbnail, no hash, no other process.
"""

import json
import os
import sys
import time

import pyvips
from ai_edge_litert.interpreter import Interpreter

from lantern.caption import graphs, tflite
from lantern.caption.worker import NICENESS
from lantern.imaging.decode import DEFAULT_EDGE, decode
from lantern.imaging.formats import SNIFF_BYTES, Format, extension_of, sniff

_CODED_BY_VIPS = {Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.TIFF, Format.AVIF}


class CountingDecoder(graphs.SentenceDecoder):
    """The product's decoder, counting its steps."""

    steps = 0

    def __call__(self, *arguments):
        """Advance by a word, and count it."""
        CountingDecoder.steps += 1
        return super().__call__(*arguments)


def count_steps(paths):
    """Return the photos that the product describes, each with its number of step invocations."""
    tflite.SentenceDecoder = CountingDecoder
    captioner = tflite.TfliteCaptioner()
    counted = []
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        picture_format = sniff(data[:SNIFF_BYTES], extension_of(path.encode()))
        if picture_format not in _CODED_BY_VIPS:
            continue
        CountingDecoder.steps = 0
        captioner.describe(decode(data, picture_format).pixels)
        counted.append((path, CountingDecoder.steps))
    return counted


def interpreter(name):
    """Return the allocated interpreter of one shipped graph."""
    graph = Interpreter(model_path=str(tflite.SHIPPED_MODELS / name), num_threads=1)
    graph.allocate_tensors()
    return graph


def main():
    """Count, wait for the start, work, print."""
    photos = count_steps(sys.argv[1:])
    encoder, bridge, step = map(interpreter, ("encoder.tflite", "bridge.tflite", "step.tflite"))
    encoder_input = encoder.get_input_details()[0]["index"]
    os.nice(NICENESS)  # as the workers: neither has an advantage on a busy machine
    print("ready", flush=True)
    sys.stdin.readline()
    spent = dict.fromkeys(("decode", "encoder", "decoder"), 0.0)
    start = time.perf_counter()
    for path, steps in photos:
        lap = time.perf_counter()
        with open(path, "rb") as file:
            picture = pyvips.Image.thumbnail_buffer(
                file.read(), DEFAULT_EDGE, height=DEFAULT_EDGE, size="down"
            )
        square = picture.flatten() if picture.hasalpha() else picture
        square = square.colourspace("srgb").thumbnail_image(224, height=224, size="force").numpy()
        spent["decode"] += -lap + (lap := time.perf_counter())
        encoder.set_tensor(encoder_input, square[None])
        encoder.invoke()
        spent["encoder"] += -lap + (lap := time.perf_counter())
        bridge.invoke()
        for _ in range(steps):
            step.invoke()
        spent["decoder"] += -lap + (lap := time.perf_counter())
    seconds = time.perf_counter() - start
    print(json.dumps({"photos": len(photos), "seconds": seconds, "spent": spent}), flush=True)


if __name__ == "__main__":
    main()
