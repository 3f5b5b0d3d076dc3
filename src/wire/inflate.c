#include "wire/inflate.h"

#define ZLIB_CONST
#include <zlib.h>

#include "base/check.h"

/*
 * zlib's state is kept for the thread's life: making it anew costs more than inflating a UserSig.
 * It takes 7 KB, and a window of 32 KB once a stream was cut off; the memory lies here, so that
 * nothing has to be freed when a thread ends.
 */
#define STATE_MAX_BYTES ((size_t)65536)

struct inflater {
    z_stream stream;
    bool ready;
    size_t used;
    _Alignas(64) unsigned char memory[STATE_MAX_BYTES];
};

static voidpf take_memory(voidpf opaque, uInt items, uInt size)
{
    struct inflater *inflater = opaque;
    size_t n = ((size_t)items * size + 63) & ~(size_t)63;
    unsigned char *p = inflater->memory + inflater->used;

    if (n > sizeof(inflater->memory) - inflater->used)
        return Z_NULL;
    inflater->used += n;
    return p;
}

static void keep_memory(voidpf opaque, voidpf memory)
{
    (void)opaque;
    (void)memory;
}

static struct inflater *thread_inflater(void)
{
    static _Thread_local struct inflater inflater;

    if (inflater.ready) {
        CHECK(inflateReset(&inflater.stream) == Z_OK);
        return &inflater;
    }
    inflater.stream.zalloc = take_memory;
    inflater.stream.zfree = keep_memory;
    inflater.stream.opaque = &inflater;
    CHECK(inflateInit(&inflater.stream) == Z_OK);
    inflater.ready = true;
    return &inflater;
}

bool inflate_bounded(struct span packed, char *into, size_t room, size_t *ret_bytes)
{
    z_stream *stream = &thread_inflater()->stream;

    if (packed.n > UINT32_MAX || room > UINT32_MAX)
        return false;
    stream->next_in = (const Bytef *)packed.p;
    stream->avail_in = (uInt)packed.n;
    stream->next_out = (Bytef *)into;
    stream->avail_out = (uInt)room;
    if (inflate(stream, Z_FINISH) != Z_STREAM_END || stream->avail_in != 0)
        return false;
    *ret_bytes = room - stream->avail_out;
    return true;
}
