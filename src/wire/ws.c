#include "wire/ws.h"

#include <openssl/sha.h>

#include "base/bytes.h"
#include "base/check.h"
#include "wire/base64.h"
#include "wire/json.h"

#define FIN 0x80
#define RESERVED 0x70
#define MASKED 0x80
#define CONTROL_MAX 125
#define FORM_16 126 /* the length follows in 2 bytes */
#define FORM_64 127 /* ... in 8 */
#define CLOSE_NO_CODE 1005

static bool opcode_known(unsigned opcode)
{
    return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

/* The first two bytes; what they forbid is refused before anything else of the frame is there. */
static bool start_valid(struct span text, bool expect_masked)
{
    const uint8_t *p = (const uint8_t *)text.p;
    bool control = p[0] & WS_CLOSE;

    if ((p[0] & RESERVED) || !opcode_known(p[0] & 0x0f) || (control && !(p[0] & FIN)))
        return false;
    if (text.n < 2)
        return true;
    return !!(p[1] & MASKED) == expect_masked && (!control || (p[1] & 0x7f) <= CONTROL_MAX);
}

/* False: not the shortest form, or the top bit of the 64-bit form is set (RFC 6455 §5.2). */
static bool payload_length(const uint8_t *p, uint64_t *ret_bytes)
{
    unsigned form = p[1] & 0x7f;

    if (form == FORM_16)
        *ret_bytes = get_be16(p + 2);
    else if (form == FORM_64)
        *ret_bytes = get_be64(p + 2);
    else
        *ret_bytes = form;
    return form < FORM_16 || (form == FORM_16 && *ret_bytes >= FORM_16) ||
           (form == FORM_64 && *ret_bytes > UINT16_MAX && *ret_bytes <= INT64_MAX);
}

enum ws_parse ws_parse_frame(struct span text, bool expect_masked, uint64_t max_payload,
                             struct ws_frame *ret_frame, size_t *ret_bytes)
{
    const uint8_t *p = (const uint8_t *)text.p;
    size_t length_end, header;
    uint64_t payload;

    *ret_bytes = 0;
    if (text.n == 0)
        return WS_MORE;
    if (!start_valid(text, expect_masked))
        return WS_PROTOCOL_ERROR;
    if (text.n < 2)
        return WS_MORE;
    length_end = 2 + ((p[1] & 0x7f) == FORM_64 ? 8 : (p[1] & 0x7f) == FORM_16 ? 2 : 0);
    if (text.n < length_end)
        return WS_MORE;
    if (!payload_length(p, &payload))
        return WS_PROTOCOL_ERROR;
    if (payload > max_payload)
        return WS_TOO_LARGE;
    header = length_end + (expect_masked ? 4 : 0);
    *ret_bytes = header + payload;
    if (text.n < *ret_bytes)
        return WS_MORE;
    *ret_frame = (struct ws_frame){
        .opcode = p[0] & 0x0f,
        .fin = p[0] & FIN,
        .masked = expect_masked,
        .payload = {text.p + header, payload},
    };
    if (expect_masked)
        memcpy(ret_frame->mask, p + length_end, sizeof(ret_frame->mask));
    return WS_FRAME;
}

void ws_unmask(void *payload, size_t n, const uint8_t mask[4])
{
    uint8_t *p = payload;
    uint64_t word, mask_word;
    uint32_t mask_half;

    memcpy(&mask_half, mask, sizeof(mask_half));
    mask_word = (uint64_t)mask_half << 32 | mask_half;
    for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        word ^= mask_word;
        memcpy(p, &word, sizeof(word));
    }
    for (size_t i = 0; i < n; i++)
        p[i] ^= mask[i & 3];
}

size_t ws_header_bytes(uint64_t payload_bytes)
{
    return payload_bytes < FORM_16 ? 2 : payload_bytes <= UINT16_MAX ? 4 : 10;
}

size_t ws_put_header(uint8_t *into, enum ws_opcode opcode, uint64_t payload_bytes)
{
    size_t header = ws_header_bytes(payload_bytes);

    into[0] = (uint8_t)(FIN | opcode);
    if (header == 2) {
        into[1] = (uint8_t)payload_bytes;
    } else if (header == 4) {
        into[1] = FORM_16;
        put_be16(into + 2, (uint16_t)payload_bytes);
    } else {
        into[1] = FORM_64;
        put_be64(into + 2, payload_bytes);
    }
    return header;
}

size_t ws_put_masked_header(uint8_t *into, enum ws_opcode opcode, uint64_t payload_bytes,
                            const uint8_t mask[4])
{
    size_t header = ws_put_header(into, opcode, payload_bytes);

    into[1] |= MASKED;
    memcpy(into + header, mask, 4);
    return header + 4;
}

void ws_accept_key(struct span key, char ret_accept[28])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    char text[24 + sizeof(guid) - 1];

    CHECK(key.n == 24);
    memcpy(text, key.p, 24);
    memcpy(text + 24, guid, sizeof(guid) - 1);
    SHA1((const unsigned char *)text, sizeof(text), digest);
    base64_encode(BASE64_STANDARD, span_make(digest, sizeof(digest)), ret_accept);
}

/* RFC 6455 §7.4 and IANA's registry: 1004 to 1006 and 1015 are never sent. */
static bool close_code_valid(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

bool ws_close_code(struct span payload, uint16_t *ret_code)
{
    uint16_t code;

    if (payload.n == 0) {
        *ret_code = CLOSE_NO_CODE;
        return true;
    }
    if (payload.n < 2)
        return false;
    code = get_be16(payload.p);
    if (!close_code_valid(code) || !utf8_valid((struct span){payload.p + 2, payload.n - 2}))
        return false;
    *ret_code = code;
    return true;
}
