#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define FIRST_ROOM ((size_t)256)

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.max = max_bytes};
}

void buf_release(struct buf *buf)
{
    free(buf->p);
    *buf = (struct buf){.max = buf->max};
}

void buf_reset(struct buf *buf)
{
    buf->n = 0;
    buf->overflow = false;
}

bool buf_reserve(struct buf *buf, size_t more)
{
    size_t room = buf->room ? buf->room : FIRST_ROOM;

    if (buf->overflow || more > buf->max || buf->n > buf->max - more) {
        buf->overflow = true;
        return false;
    }
    if (buf->room - buf->n >= more)
        return true;
    while (room - buf->n < more)
        room *= 2;
    buf->p = mem_realloc(buf->p, room);
    buf->room = room;
    return true;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n <= 0 || !buf_reserve(buf, (size_t)n + 1))
        return;
    va_start(args, format);
    vsnprintf(buf->p + buf->n, (size_t)n + 1, format, args);
    va_end(args);
    buf->n += (size_t)n;
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_add_i64(struct buf *buf, int64_t value)
{
    if (value < 0) {
        buf_add_char(buf, '-');
        buf_add_u64(buf, (uint64_t) - (value + 1) + 1);
    } else {
        buf_add_u64(buf, (uint64_t)value);
    }
}
