/*
 * A growing buffer with a mandatory maximum. What does not fit sets `overflow` and is dropped
 * whole; later additions are dropped too, so one check at the end is enough.
 * One owner thread at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

struct buf {
    char *p;
    size_t n;
    size_t room;
    size_t max;
    bool overflow;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_release(struct buf *buf);
/* Empties it, keeps the memory. */
void buf_reset(struct buf *buf);
/* Makes room for `more` bytes behind buf->n. False (and overflow set) when over the maximum. */
bool buf_reserve(struct buf *buf, size_t more);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_u64(struct buf *buf, uint64_t value);
void buf_add_i64(struct buf *buf, int64_t value);

static inline void buf_add(struct buf *buf, const void *p, size_t n)
{
    if (buf_reserve(buf, n) && n) {
        memcpy(buf->p + buf->n, p, n);
        buf->n += n;
    }
}

static inline void buf_add_span(struct buf *buf, struct span s)
{
    buf_add(buf, s.p, s.n);
}

static inline void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

#define BUF_LIT(buf, text) buf_add((buf), (text), sizeof(text) - 1)

static inline struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->p, buf->n};
}

#endif
