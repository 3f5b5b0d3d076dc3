/* WebSocket frames (RFC 6455), server and client side, no extensions. Pure. */
#ifndef WIRE_WS_H
#define WIRE_WS_H

#include "base/buf.h"
#include "base/span.h"

enum ws_opcode {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10
};

enum ws_parse {
    WS_FRAME,
    WS_MORE,
    WS_PROTOCOL_ERROR /* close 1002 */,
    WS_TOO_LARGE /* close 1009 */
};

struct ws_frame {
    enum ws_opcode opcode;
    bool fin;
    bool masked;
    uint8_t mask[4];
    struct span payload; /* still masked; unmask with ws_unmask in place */
};

/*
 * Reads one frame from the front of `text`. Checks: reserved bits zero, known opcode, control
 * frames final and at most 125 bytes, shortest length form (RFC 6455 §5.2), masked exactly if
 * `expect_masked` (§5.1), payload at most max_payload. WS_MORE: *ret_bytes is the total size
 * needed if already known, else 0.
 */
enum ws_parse ws_parse_frame(struct span text, bool expect_masked, uint64_t max_payload,
                             struct ws_frame *ret_frame, size_t *ret_bytes);

/* XORs the payload in place (RFC 6455 §5.3), a machine word at a time. */
void ws_unmask(void *payload, size_t n, const uint8_t mask[4]);

/* Bytes of an unmasked header for that payload: 2, 4 or 10. */
size_t ws_header_bytes(uint64_t payload_bytes);
/* Writes an unmasked final frame header (server to client); returns its length. */
size_t ws_put_header(uint8_t *into, enum ws_opcode opcode, uint64_t payload_bytes);
/* The same with a mask (client to server); up to 14 bytes. */
size_t ws_put_masked_header(uint8_t *into, enum ws_opcode opcode, uint64_t payload_bytes,
                            const uint8_t mask[4]);

/* Sec-WebSocket-Accept for a key of 24 characters (§4.2.2): 28 characters, no NUL. */
void ws_accept_key(struct span key, char ret_accept[28]);

/* A close frame's payload: code, or 1005 when empty; false: length 1, bad code or not UTF-8. */
bool ws_close_code(struct span payload, uint16_t *ret_code);

#endif
