/* Bounded zlib decompression (RFC 1950) of small documents. Any thread; each has its own state. */
#ifndef WIRE_INFLATE_H
#define WIRE_INFLATE_H

#include "base/span.h"

/* False: not exactly one whole zlib stream, a preset dictionary, or over `room` bytes. */
bool inflate_bounded(struct span packed, char *into, size_t room, size_t *ret_bytes);

#endif
