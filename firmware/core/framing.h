/* Frames of the line: bytes in, whole frames out, as daemon/lantern/link/framing.py is in Python.
 *
 * A frame is a number, a type, a payload and a checksum, stuffed so that no byte of it is zero, and
 * a zero behind it. Whatever is no frame is counted and skipped; the next zero begins anew. */
#ifndef LANTERN_FRAMING_H
#define LANTERN_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "messages.h"

#define FRAME_AROUND 4 /* number, type, two bytes of checksum */
#define LONGEST_STRETCH (FRAME_AROUND + LONGEST_PAYLOAD + 1)

/* Bytes on the wire of a frame whose payload has `size`: stuffing adds one, the zero is another. */
#define STUFFED(size) (FRAME_AROUND + (size) + 2)

/* `payload` lies in the deframer, until it takes the next byte. */
struct frame {
    uint8_t number;
    uint8_t type;
    uint8_t length;
    const uint8_t *payload;
};

/* `spoiled` counts the stretches between zeros that were no frame, up to its highest. */
struct deframer {
    uint8_t stretch[LONGEST_STRETCH];
    uint8_t length; /* LONGEST_STRETCH + 1: it is longer than any frame */
    uint16_t spoiled;
};

/* Return CRC-16/IBM-3740: polynomial 0x1021, from 0xFFFF, not reflected. Its check value, of
 * "123456789", is 0x29B1 [Catalogue of parametrised CRC algorithms]. */
uint16_t checksum(const uint8_t *bytes, size_t length);

/* Take one byte; return whether it completed `frame`. */
bool deframer_take(struct deframer *deframer, uint8_t byte, struct frame *frame);

/* Write `frame`, of LONGEST_PAYLOAD at most, and its zero: STUFFED(frame->length) bytes, returned. */
size_t frame_write(uint8_t *bytes, const struct frame *frame);

#endif
