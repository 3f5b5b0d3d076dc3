/*
 * Stepping through JSON text, for the files json*.c only. Pure.
 *
 * Most of a message is the inside of strings, so the three searches below take 16 bytes at a time
 * where SSE2 is there. The portable forms finish what is shorter, and are what other machines
 * use; a unit test compares the two.
 */
#ifndef WIRE_JSON_TEXT_H
#define WIRE_JSON_TEXT_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "wire/json.h"

/* The value whose whole text this is, validated, without white space around it. */
struct json json_value_of(struct span text);

#define JSON_EACH_BYTE(c) (0x0101010101010101u * (uint64_t)(c))

/* Nonzero if a byte of the word is '"', '\\' or below 0x20. */
static inline uint64_t json_word_special(uint64_t word)
{
    uint64_t quote = word ^ JSON_EACH_BYTE('"');
    uint64_t backslash = word ^ JSON_EACH_BYTE('\\');

    return (((quote - JSON_EACH_BYTE(1)) & ~quote) |
            ((backslash - JSON_EACH_BYTE(1)) & ~backslash) |
            ((word - JSON_EACH_BYTE(0x20)) & ~word)) &
           JSON_EACH_BYTE(0x80);
}

static inline bool json_byte_special(unsigned char c)
{
    return c == '"' || c == '\\' || c < 0x20;
}

/* The first '"', '\\' or control character of [p, end); end if there is none. */
static inline const char *json_plain_end_portable(const char *p, const char *end)
{
    uint64_t word;

    for (; end - p >= 8; p += 8) {
        memcpy(&word, p, 8);
        if (json_word_special(word))
            break;
    }
    while (p < end && !json_byte_special((unsigned char)*p))
        p++;
    return p;
}

/* The same, and stops at bytes of 0x80 and above too. */
static inline const char *json_ascii_end_portable(const char *p, const char *end)
{
    uint64_t word;

    for (; end - p >= 8; p += 8) {
        memcpy(&word, p, 8);
        if (json_word_special(word) | (word & JSON_EACH_BYTE(0x80)))
            break;
    }
    while (p < end && !json_byte_special((unsigned char)*p) && (unsigned char)*p < 0x80)
        p++;
    return p;
}

static inline bool json_is_bracket(char c)
{
    return c == '{' || c == '}' || c == '[' || c == ']';
}

/* The first quote or bracket of [p, end); end if there is none. */
static inline const char *json_structure_portable(const char *p, const char *end)
{
    while (p < end && *p != '"' && !json_is_bracket(*p))
        p++;
    return p;
}

#ifdef __SSE2__
static inline __m128i json_load(const char *p)
{
    __m128i block;

    memcpy(&block, p, sizeof(block));
    return block;
}

static inline const char *json_plain_end(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        __m128i block = json_load(p);
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
        __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
        unsigned hits =
            (unsigned)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));

        if (hits)
            return p + __builtin_ctz(hits);
    }
    return json_plain_end_portable(p, end);
}

static inline const char *json_ascii_end(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        __m128i block = json_load(p);
        /* Signed: below 0x20 are the control characters and everything from 0x80 on. */
        __m128i other = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
        __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
        unsigned hits =
            (unsigned)_mm_movemask_epi8(_mm_or_si128(other, _mm_or_si128(quote, backslash)));

        if (hits)
            return p + __builtin_ctz(hits);
    }
    return json_ascii_end_portable(p, end);
}

static inline const char *json_structure(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        __m128i block = json_load(p);
        /* '[' and ']' are '{' and '}' without the bit 0x20. */
        __m128i folded = _mm_or_si128(block, _mm_set1_epi8(0x20));
        __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        __m128i open = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
        __m128i close = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));
        unsigned hits = (unsigned)_mm_movemask_epi8(_mm_or_si128(quote, _mm_or_si128(open, close)));

        if (hits)
            return p + __builtin_ctz(hits);
    }
    return json_structure_portable(p, end);
}
#else
#define json_plain_end json_plain_end_portable
#define json_ascii_end json_ascii_end_portable
#define json_structure json_structure_portable
#endif

static inline bool json_is_space(char c)
{
    /* Nearly always false after the first comparison. */
    return (unsigned char)c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

static inline const char *json_skip_space(const char *p, const char *end)
{
    while (p < end && json_is_space(*p))
        p++;
    return p;
}

/* Value of a hexadecimal digit, or above 15. */
static inline unsigned json_hex(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';
    unsigned letter = ((unsigned)(unsigned char)c | 0x20) - 'a';

    return digit <= 9 ? digit : letter <= 5 ? letter + 10 : 16;
}

#endif
