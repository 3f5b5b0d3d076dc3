/*
 * Validation of a whole document in one pass. What is walked later (json_walk.c) relies on it, so
 * nothing there checks form again.
 *
 * Each x_end function takes where x starts (behind an opening quote or bracket) and returns where
 * it ends, or NULL where RFC 8259 does not allow what it sees.
 */
#include "wire/json.h"

#include "wire/json_text.h"
#include "wire/utf8.h"

/* Four hexadecimal digits, or above 0xffff. */
static unsigned code_unit(const char *p, const char *end)
{
    unsigned unit = 0;

    if (end - p < 4)
        return 0x10000;
    for (int i = 0; i < 4; i++) {
        unsigned digit = json_hex(p[i]);

        if (digit > 15)
            return 0x10000;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* Behind the backslash. A \u surrogate is allowed in pairs only (RFC 8259 §8.2 leaves it open). */
static const char *escape_end(const char *p, const char *end)
{
    unsigned unit;

    if (p == end)
        return NULL;
    if (*p != 'u')
        return *p && strchr("\"\\/bfnrt", *p) ? p + 1 : NULL;
    unit = code_unit(p + 1, end);
    if (unit > 0xffff || (unit & 0xfc00) == 0xdc00)
        return NULL;
    p += 5;
    if ((unit & 0xfc00) != 0xd800)
        return p;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u' || (code_unit(p + 2, end) & 0x1fc00) != 0xdc00)
        return NULL;
    return p + 6;
}

static const char *string_end(const char *p, const char *end)
{
    while (p) {
        p = json_ascii_end(p, end);
        if (p == end)
            return NULL;
        if (*p == '"')
            return p + 1;
        if (*p == '\\')
            p = escape_end(p + 1, end);
        else if ((unsigned char)*p >= 0x80)
            p = utf8_run_end(p, end);
        else
            return NULL;
    }
    return NULL;
}

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static inline const char *digits_end(const char *p, const char *end)
{
    if (p == end || !is_digit(*p))
        return NULL;
    while (p < end && is_digit(*p))
        p++;
    return p;
}

static const char *number_end(const char *p, const char *end)
{
    if (*p == '-')
        p++;
    if (p < end && *p == '0')
        p++;
    else
        p = digits_end(p, end);
    if (p && p < end && *p == '.')
        p = digits_end(p + 1, end);
    if (p && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        p = digits_end(p, end);
    }
    return p;
}

static const char *literal_end(const char *p, const char *end, const char *literal, size_t n)
{
    return (size_t)(end - p) >= n && memcmp(p, literal, n) == 0 ? p + n : NULL;
}

static const char *value_end(const char *p, const char *end, unsigned depth);

static const char *object_end(const char *p, const char *end, unsigned depth)
{
    p = json_skip_space(p, end);
    if (p < end && *p == '}')
        return p + 1;
    for (;;) {
        if (p == end || *p != '"' || !(p = string_end(p + 1, end)))
            return NULL;
        p = json_skip_space(p, end);
        if (p == end || *p != ':')
            return NULL;
        p = value_end(json_skip_space(p + 1, end), end, depth);
        if (!p)
            return NULL;
        p = json_skip_space(p, end);
        if (p == end || (*p != ',' && *p != '}'))
            return NULL;
        if (*p == '}')
            return p + 1;
        p = json_skip_space(p + 1, end);
    }
}

static const char *array_end(const char *p, const char *end, unsigned depth)
{
    p = json_skip_space(p, end);
    if (p < end && *p == ']')
        return p + 1;
    for (;;) {
        p = value_end(p, end, depth);
        if (!p)
            return NULL;
        p = json_skip_space(p, end);
        if (p == end || (*p != ',' && *p != ']'))
            return NULL;
        if (*p == ']')
            return p + 1;
        p = json_skip_space(p + 1, end);
    }
}

/* Recursion is bounded: `depth` containers are open around the value. */
static const char *value_end(const char *p, const char *end, unsigned depth)
{
    if (p == end)
        return NULL;
    switch (*p) {
    case '"':
        return string_end(p + 1, end);
    case '{':
        return depth < JSON_MAX_DEPTH ? object_end(p + 1, end, depth + 1) : NULL;
    case '[':
        return depth < JSON_MAX_DEPTH ? array_end(p + 1, end, depth + 1) : NULL;
    case 't':
        return literal_end(p, end, "true", 4);
    case 'f':
        return literal_end(p, end, "false", 5);
    case 'n':
        return literal_end(p, end, "null", 4);
    default:
        return *p == '-' || is_digit(*p) ? number_end(p, end) : NULL;
    }
}

bool json_parse(struct span text, struct json *ret_value)
{
    const char *start, *behind, *end;

    if (text.n == 0)
        return false;
    end = text.p + text.n;
    start = json_skip_space(text.p, end);
    behind = value_end(start, end, 0);
    if (!behind || json_skip_space(behind, end) != end)
        return false;
    *ret_value = json_value_of((struct span){start, (size_t)(behind - start)});
    return true;
}
