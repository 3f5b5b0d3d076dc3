/*
 * Any bytes as a stream of frames: read at once and split at two places, the frames are the same;
 * a frame's header, written again, is the one that was read. The first byte chooses sides and
 * splits.
 */
#include "base/check.h"
#include "wire/ws.h"

#define LIMIT ((uint64_t)4096)
#define MAX_FRAMES 64

struct frames {
    struct ws_frame list[MAX_FRAMES];
    size_t count;
    enum ws_parse last;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_header(const uint8_t *at, const struct ws_frame *frame, size_t bytes)
{
    size_t header = bytes - frame->payload.n;
    uint8_t again[14];
    size_t n = frame->masked
                   ? ws_put_masked_header(again, frame->opcode, frame->payload.n, frame->mask)
                   : ws_put_header(again, frame->opcode, frame->payload.n);

    CHECK(n == header);
    again[0] = frame->fin ? again[0] : again[0] & 0x7f;
    CHECK(memcmp(again, at, header) == 0);
}

static void check_payload(const struct ws_frame *frame)
{
    uint8_t copy[LIMIT];
    uint16_t code = 0;

    CHECK(frame->payload.n <= LIMIT);
    memcpy(copy, frame->payload.p, frame->payload.n);
    ws_unmask(copy, frame->payload.n, frame->mask);
    for (size_t i = 0; i < frame->payload.n; i++)
        CHECK(copy[i] == ((uint8_t)frame->payload.p[i] ^ frame->mask[i & 3]));
    if (frame->opcode == WS_CLOSE && ws_close_code(frame->payload, &code))
        CHECK(code >= 1000 && code < 5000);
}

/* Reads frames as a connection does that has received `n` bytes of which *at are behind it. */
static void read_frames(struct span text, bool masked, size_t *at, struct frames *into)
{
    struct ws_frame frame;
    size_t bytes;

    while (into->count < MAX_FRAMES) {
        struct span rest = {text.p + *at, text.n - *at};

        into->last = ws_parse_frame(rest, masked, LIMIT, &frame, &bytes);
        if (into->last == WS_MORE)
            CHECK(bytes == 0 || bytes > rest.n);
        if (into->last != WS_FRAME)
            return;
        CHECK(bytes <= rest.n);
        check_header((const uint8_t *)rest.p, &frame, bytes);
        check_payload(&frame);
        into->list[into->count++] = frame;
        *at += bytes;
    }
}

static void check_same(const struct frames *a, const struct frames *b)
{
    CHECK(a->count == b->count && a->last == b->last);
    for (size_t i = 0; i < a->count; i++) {
        CHECK(a->list[i].opcode == b->list[i].opcode && a->list[i].fin == b->list[i].fin);
        CHECK(a->list[i].payload.p == b->list[i].payload.p);
        CHECK(a->list[i].payload.n == b->list[i].payload.n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct frames whole, split;
    size_t at = 0, step;
    bool masked;

    if (size < 1)
        return 0;
    masked = data[0] & 1;
    step = (size_t)(data[0] >> 1) + 1;
    whole.count = split.count = 0;
    read_frames(span_make(data + 1, size - 1), masked, &at, &whole);
    at = 0;
    for (size_t n = 0;; n = n + step < size - 1 ? n + step : size - 1) {
        read_frames(span_make(data + 1, n), masked, &at, &split);
        if (n == size - 1 || (split.last != WS_MORE && split.last != WS_FRAME))
            break;
    }
    check_same(&whole, &split);
    return 0;
}
