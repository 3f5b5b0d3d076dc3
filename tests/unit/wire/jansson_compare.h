/*
 * What json.h and jansson may disagree about, and whether they read the same values. For the unit
 * test and the fuzzer, which stop the program in their own ways.
 */
#ifndef TESTS_UNIT_WIRE_JANSSON_COMPARE_H
#define TESTS_UNIT_WIRE_JANSSON_COMPARE_H

/* jansson's type names are ours too: they are renamed here, so its json_is_x macros are no use. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL
#include <stdlib.h>

#include "wire/json.h"

/* Deepest nesting of a document that is known to be JSON. */
static inline unsigned compare_depth(struct span text)
{
    unsigned depth = 0, deepest = 0;
    bool string = false;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (string && c == '\\')
            i++;
        else if (c == '"')
            string = !string;
        else if (!string && (c == '{' || c == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!string && (c == '}' || c == ']'))
            depth--;
    }
    return deepest;
}

static inline json_t *compare_load(struct span text, json_error_t *ret_error)
{
    return json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, ret_error);
}

/* Whether one may accept the text and the other not: RFC 8259 leaves ranges and depth open. */
static inline bool compare_verdicts(struct span text, bool ours, const json_t *theirs,
                                    const json_error_t *error)
{
    enum json_error_code code;

    if (ours == (theirs != NULL))
        return true;
    /* jansson 2.14 loses a NUL byte behind a number, where it looks one byte ahead. */
    if (theirs)
        return memchr(text.p, '\0', text.n) || compare_depth(text) > JSON_MAX_DEPTH;
    code = json_error_code(error);
    /* Numbers stay text here, and a name may contain any character. */
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

static inline bool compare_number(struct json ours, const json_t *theirs)
{
    char text[512];
    int64_t value;
    bool whole = json_to_i64(ours, &value);

    if (json_typeof(theirs) == JSON_INTEGER)
        return whole && value == json_integer_value(theirs);
    if (json_typeof(theirs) != JSON_REAL)
        return false;
    if (whole && (double)value != json_real_value(theirs))
        return false;
    if (ours.text.n >= sizeof(text))
        return true;
    memcpy(text, ours.text.p, ours.text.n);
    text[ours.text.n] = '\0';
    return strtod(text, NULL) == json_real_value(theirs);
}

/* The decoded text, written and read again, is the same. */
static inline bool compare_rewritten(struct span text, struct arena *arena)
{
    struct buf buf;
    struct json again;
    struct span decoded;
    bool same;

    buf_init(&buf, 2 + text.n * 6);
    json_put_string(&buf, text);
    same = !buf.overflow && json_parse(buf_span(&buf), &again) &&
           json_to_string(again, arena, &decoded) && span_eq(decoded, text);
    buf_release(&buf);
    return same;
}

static inline bool compare_string(struct json ours, const json_t *theirs, struct arena *arena)
{
    struct span text;

    return json_typeof(theirs) == JANSSON_STRING && json_to_string(ours, arena, &text) &&
           span_eq(text, span_make(json_string_value(theirs), json_string_length(theirs))) &&
           compare_rewritten(text, arena);
}

static inline bool compare_values(struct json ours, json_t *theirs, struct arena *arena);

static inline bool compare_objects(struct json ours, json_t *theirs, struct arena *arena)
{
    struct json_iter it = json_iter(ours);
    struct json member;
    struct span key;
    const char *name;
    json_t *value;

    while (json_next(&it, &key, &member)) {
        struct json quoted = {
            JSON_STRING, key.n && memchr(key.p, '\\', key.n), {key.p - 1, key.n + 2}};
        struct span decoded;

        if (!json_to_string(quoted, arena, &decoded) ||
            !json_object_getn(theirs, decoded.p, decoded.n))
            return false;
    }
    json_object_foreach(theirs, name, value)
    {
        if (!compare_values(json_member(ours, name), value, arena))
            return false;
    }
    return true;
}

static inline bool compare_arrays(struct json ours, json_t *theirs, struct arena *arena)
{
    struct json_iter it = json_iter(ours);
    struct json item;
    struct span key;
    size_t i = 0;

    if (json_count(ours) != json_array_size(theirs))
        return false;
    while (json_next(&it, &key, &item)) {
        if (!compare_values(item, json_array_get(theirs, i++), arena))
            return false;
    }
    return true;
}

static inline bool compare_values(struct json ours, json_t *theirs, struct arena *arena)
{
    switch (ours.type) {
    case JSON_OBJECT:
        return json_typeof(theirs) == JANSSON_OBJECT && compare_objects(ours, theirs, arena);
    case JSON_ARRAY:
        return json_typeof(theirs) == JANSSON_ARRAY && compare_arrays(ours, theirs, arena);
    case JSON_STRING:
        return compare_string(ours, theirs, arena);
    case JSON_NUMBER:
        return compare_number(ours, theirs);
    case JSON_TRUE:
        return json_typeof(theirs) == JANSSON_TRUE;
    case JSON_FALSE:
        return json_typeof(theirs) == JANSSON_FALSE;
    case JSON_NULL:
        return json_typeof(theirs) == JANSSON_NULL;
    case JSON_NONE:
        break;
    }
    return false;
}

/* Reads the text both ways: false if they differ where they may not. */
static inline bool compare_text(struct span text)
{
    struct arena arena;
    struct json ours;
    json_error_t error;
    json_t *theirs = compare_load(text, &error);
    bool accepted = json_parse(text, &ours);
    bool agreed = compare_verdicts(text, accepted, theirs, &error);

    arena_init(&arena);
    if (agreed && accepted && theirs)
        agreed = compare_values(ours, theirs, &arena);
    arena_release(&arena);
    json_decref(theirs);
    return agreed;
}

#endif
