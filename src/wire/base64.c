#include "wire/base64.h"

static const char letters[2][65] = {
    [BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_USERSIG] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-",
};
static const char paddings[2] = {[BASE64_STANDARD] = '=', [BASE64_USERSIG] = '_'};

/* Values plus one, so that 0 is "not a letter". */
#define LETTERS_COMMON                                                                             \
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,        \
    ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, \
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23,            \
    ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,            \
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,            \
    ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,            \
    ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51,            \
    ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58,            \
    ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62

static const uint8_t places[2][256] = {
    [BASE64_STANDARD] = {LETTERS_COMMON, ['+'] = 63, ['/'] = 64},
    [BASE64_USERSIG] = {LETTERS_COMMON, ['*'] = 63, ['-'] = 64},
};

size_t base64_encode(enum base64_alphabet alphabet, struct span bytes, char *into)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    const char *set = letters[alphabet];
    size_t left = bytes.n;
    char *at = into;

    for (; left >= 3; left -= 3, p += 3, at += 4) {
        uint32_t group = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

        at[0] = set[group >> 18];
        at[1] = set[group >> 12 & 63];
        at[2] = set[group >> 6 & 63];
        at[3] = set[group & 63];
    }
    if (left) {
        uint32_t group = (uint32_t)p[0] << 16 | (left == 2 ? (uint32_t)p[1] << 8 : 0);

        at[0] = set[group >> 18];
        at[1] = set[group >> 12 & 63];
        at[2] = left == 2 ? set[group >> 6 & 63] : paddings[alphabet];
        at[3] = paddings[alphabet];
        at += 4;
    }
    return (size_t)(at - into);
}

/* Four characters; above 24 bits if one of them is no letter. */
static inline uint32_t group_of(const uint8_t *set, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    uint32_t a = set[p[0]] - 1u, b = set[p[1]] - 1u, c = set[p[2]] - 1u, d = set[p[3]] - 1u;

    return ((a | b | c | d) & 0x80000000u) | a << 18 | b << 12 | c << 6 | d;
}

bool base64_decode(enum base64_alphabet alphabet, struct span text, void *into, size_t *ret_bytes)
{
    const uint8_t *set = places[alphabet];
    size_t groups = text.n / 4, padding = 0;
    const char *p = text.p;
    uint8_t *at = into;
    char last[4];
    uint32_t group;

    *ret_bytes = 0;
    if (text.n % 4 || text.n == 0)
        return text.n == 0;
    for (size_t i = 1; i < groups; i++, p += 4, at += 3) {
        group = group_of(set, p);
        if (group >> 24)
            return false;
        at[0] = (uint8_t)(group >> 16);
        at[1] = (uint8_t)(group >> 8);
        at[2] = (uint8_t)group;
    }
    memcpy(last, p, 4);
    while (padding < 2 && last[3 - padding] == paddings[alphabet])
        last[3 - padding++] = 'A'; /* the letter of zero */
    group = group_of(set, last);
    if (group >> 24 || (padding && group & (padding == 2 ? 0xffff : 0xff)))
        return false;
    for (size_t i = 0; i < 3 - padding; i++)
        *at++ = (uint8_t)(group >> (16 - 8 * i));
    *ret_bytes = (size_t)(at - (uint8_t *)into);
    return true;
}
