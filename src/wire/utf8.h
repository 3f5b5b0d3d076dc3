/* UTF-8 sequences one at a time, for scanners that check validity on their way. Pure. */
#ifndef WIRE_UTF8_H
#define WIRE_UTF8_H

#include <stddef.h>

/*
 * The end of the run of non-ASCII characters that starts at p < end, whose first byte is 0x80 or
 * above; NULL if one of them is not valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at
 * most U+10FFFF) or is cut off by `end`.
 */
static inline const char *utf8_run_end(const char *p, const char *end)
{
    do {
        unsigned char first = (unsigned char)*p;
        size_t left = (size_t)(end - p);
        /* What the second byte may be: narrower than 0x80..0xbf after four of the first bytes. */
        unsigned char low = 0x80, high = 0xbf;
        size_t n;

        if (first >= 0xe0 && first <= 0xef) {
            n = 3;
            low = first == 0xe0 ? 0xa0 : 0x80;
            high = first == 0xed ? 0x9f : 0xbf;
        } else if (first >= 0xc2 && first <= 0xdf) {
            n = 2;
        } else if (first >= 0xf0 && first <= 0xf4) {
            n = 4;
            low = first == 0xf0 ? 0x90 : 0x80;
            high = first == 0xf4 ? 0x8f : 0xbf;
        } else {
            return NULL;
        }
        if (left < n || (unsigned char)p[1] < low || (unsigned char)p[1] > high)
            return NULL;
        for (size_t i = 2; i < n; i++) {
            if (((unsigned char)p[i] & 0xc0) != 0x80)
                return NULL;
        }
        p += n;
    } while (p < end && (unsigned char)*p >= 0x80);
    return p;
}

#endif
