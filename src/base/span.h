/* Borrowed bytes: a pointer and a length, not terminated, never owned. Pure. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *p;
    size_t n;
};

#define SPAN_LIT(text) ((struct span){(text), sizeof(text) - 1})
#define SPAN_FMT(s) (int)(s).n, (s).p

static inline struct span span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

static inline struct span span_make(const void *p, size_t n)
{
    return (struct span){p, n};
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_eq(a, span_of(text));
}

static inline bool span_starts(struct span a, struct span prefix)
{
    return a.n >= prefix.n && memcmp(a.p, prefix.p, prefix.n) == 0;
}

/* Reads 1 to 20 decimal digits and nothing else. False: not a number, or over UINT64_MAX. */
bool span_to_u64(struct span s, uint64_t *ret_value);

/* Byte order as memcmp, the shorter first when one is a prefix of the other. */
int span_compare(struct span a, struct span b);

#endif
