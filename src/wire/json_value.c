/* Numbers and strings of validated documents as C values. */
#include "wire/json.h"

#include "wire/json_text.h"

/* ---- numbers ---- */

/* A number's parts; the exponent is cut to +-1e6, beyond which only zero is in range. */
struct decimal {
    bool negative;
    struct span whole;
    struct span fraction;
    int64_t exponent;
};

static struct span take_digits(const char **p, const char *end)
{
    struct span digits = {*p, 0};

    while (*p < end && **p >= '0' && **p <= '9')
        (*p)++;
    digits.n = (size_t)(*p - digits.p);
    return digits;
}

static struct decimal decimal_of(struct span text)
{
    const char *p = text.p, *end = text.p + text.n;
    struct decimal d = {.negative = *p == '-'};
    bool down = false;

    p += d.negative;
    d.whole = take_digits(&p, end);
    if (p < end && *p == '.') {
        p++;
        d.fraction = take_digits(&p, end);
    }
    if (p < end) {
        p++; /* e */
        down = *p == '-';
        for (p += *p == '-' || *p == '+'; p < end; p++) {
            if (d.exponent < 1000000)
                d.exponent = d.exponent * 10 + (*p - '0');
        }
    }
    if (down)
        d.exponent = -d.exponent;
    return d;
}

/* False: not an integer, or over UINT64_MAX. */
static bool decimal_magnitude(const struct decimal *d, uint64_t *ret_magnitude)
{
    size_t digits = d->whole.n + d->fraction.n;
    int64_t point = (int64_t)d->whole.n + d->exponent; /* digits before the decimal point */
    uint64_t value = 0;

    for (size_t i = 0; i < digits; i++) {
        char c = i < d->whole.n ? d->whole.p[i] : d->fraction.p[i - d->whole.n];

        if ((int64_t)i >= point) {
            if (c != '0')
                return false;
        } else if (__builtin_mul_overflow(value, 10, &value) ||
                   __builtin_add_overflow(value, (uint64_t)(c - '0'), &value)) {
            return false;
        }
    }
    for (int64_t i = (int64_t)digits; i < point && value; i++) {
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    }
    *ret_magnitude = value;
    return true;
}

/* What nearly all numbers are: up to 18 digits. */
static bool plain_integer(struct span text, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.n > 18)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned)(unsigned char)text.p[i] - '0';

        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

bool json_to_u64(struct json value, uint64_t *ret_value)
{
    struct decimal d;
    uint64_t magnitude;

    if (value.type != JSON_NUMBER)
        return false;
    if (plain_integer(value.text, ret_value))
        return true;
    d = decimal_of(value.text);
    if (!decimal_magnitude(&d, &magnitude) || (d.negative && magnitude))
        return false;
    *ret_value = magnitude;
    return true;
}

bool json_to_i64(struct json value, int64_t *ret_value)
{
    struct decimal d;
    uint64_t magnitude;

    if (value.type != JSON_NUMBER)
        return false;
    d = decimal_of(value.text);
    if (!decimal_magnitude(&d, &magnitude) || magnitude > (uint64_t)INT64_MAX + d.negative)
        return false;
    if (d.negative)
        *ret_value = magnitude ? -(int64_t)(magnitude - 1) - 1 : 0;
    else
        *ret_value = (int64_t)magnitude;
    return true;
}

bool json_to_u32(struct json value, uint32_t *ret_value)
{
    uint64_t wide;

    if (!json_to_u64(value, &wide) || wide > UINT32_MAX)
        return false;
    *ret_value = (uint32_t)wide;
    return true;
}

/* ---- strings ---- */

static unsigned code_unit(const char *p)
{
    return json_hex(p[0]) << 12 | json_hex(p[1]) << 8 | json_hex(p[2]) << 4 | json_hex(p[3]);
}

static size_t put_utf8(unsigned c, char *into)
{
    if (c < 0x80) {
        into[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        into[0] = (char)(0xc0 | c >> 6);
        into[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        into[0] = (char)(0xe0 | c >> 12);
        into[1] = (char)(0x80 | (c >> 6 & 0x3f));
        into[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    into[0] = (char)(0xf0 | c >> 18);
    into[1] = (char)(0x80 | (c >> 12 & 0x3f));
    into[2] = (char)(0x80 | (c >> 6 & 0x3f));
    into[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Decodes the escape at *p (a backslash), steps over it, returns the bytes written (1 to 4). */
static size_t take_escape(const char **p, char *into)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    char kind = (*p)[1];
    const char *letter;
    unsigned c;

    if (kind != 'u') {
        letter = strchr(letters, kind);
        *into = letter ? controls[letter - letters] : kind;
        *p += 2;
        return 1;
    }
    c = code_unit(*p + 2);
    *p += 6;
    if ((c & 0xfc00) == 0xd800) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (code_unit(*p + 2) & 0x3ff);
        *p += 6;
    }
    return put_utf8(c, into);
}

bool json_to_string(struct json value, struct arena *arena, struct span *ret_text)
{
    const char *p, *end;
    char *into, *at;

    if (value.type != JSON_STRING)
        return false;
    if (!value.escaped) {
        *ret_text = (struct span){value.text.p + 1, value.text.n - 2};
        return true;
    }
    p = value.text.p + 1;
    end = value.text.p + value.text.n - 1;
    /* No escape is shorter than what it stands for. */
    at = into = arena_alloc(arena, (size_t)(end - p));
    while (p < end) {
        const char *run = p;

        p = json_plain_end(p, end);
        memcpy(at, run, (size_t)(p - run));
        at += p - run;
        if (p < end)
            at += take_escape(&p, at);
    }
    *ret_text = (struct span){into, (size_t)(at - into)};
    return true;
}

bool json_key_is(struct span raw_key, const char *name)
{
    const char *p = raw_key.p, *end = raw_key.p + raw_key.n;
    size_t left = strlen(name);
    char unit[4];

    while (p < end) {
        size_t n = 1;

        if (*p == '\\')
            n = take_escape(&p, unit);
        else
            unit[0] = *p++;
        if (n > left || memcmp(name, unit, n) != 0)
            return false;
        name += n;
        left -= n;
    }
    return left == 0;
}
