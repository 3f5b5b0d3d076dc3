/*
 * JSON on the message path: a bounded pull scanner over text in memory, and a writer.
 * Pure. Source: RFC 8259. The scanner is strict: no comments, no trailing commas, no control
 * characters in strings, valid UTF-8 everywhere, depth at most JSON_MAX_DEPTH.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

#define JSON_MAX_DEPTH 32

enum json_type {
    JSON_NONE,
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

/* A value: its whole text, borrowed from the document. For a string that includes the quotes. */
struct json {
    enum json_type type;
    bool escaped; /* a string that contains backslashes */
    struct span text;
};

/* Validates one whole document (white space around it allowed, nothing else). False: malformed,
   too deep or not UTF-8. Everything below may be used only on values of a validated document:
   then it cannot fail for reasons of form. One pass. */
bool json_parse(struct span text, struct json *ret_value);

/*
 * Walks an object's members or an array's elements in order:
 *     struct json_iter it = json_iter(value);
 *     while (json_next(&it, &key, &item)) ...
 * key is the raw text of the name between its quotes (escapes not decoded, see json_key_is); for
 * an array it is empty. On a value that is neither, nothing is walked.
 */
struct json_iter {
    const char *at;
    const char *end;
    bool object;
};
struct json_iter json_iter(struct json value);
bool json_next(struct json_iter *it, struct span *ret_key, struct json *ret_value);

/* Whether a raw name, with its escapes decoded, is this one. */
bool json_key_is(struct span raw_key, const char *name);

/* The member of that name, the last one if there are several; JSON_NONE if there is none. */
struct json json_member(struct json object, const char *name);

/* A member that may be left out: JSON_NONE also where it is null, which many clients write for
   what they do not set. */
struct json json_option(struct json object, const char *name);

/* Finds several members in one walk: values[i] for names[i], JSON_NONE where absent. */
void json_members(struct json object, const char *const *names, struct json *ret_values, size_t n);

/* Number of elements or members. */
size_t json_count(struct json value);

/* An integer written without fraction or exponent (or with ones that leave an exact integer,
   such as 1.0 or 1e3). False: another type or out of range. */
bool json_to_u64(struct json value, uint64_t *ret_value);
bool json_to_i64(struct json value, int64_t *ret_value);
bool json_to_u32(struct json value, uint32_t *ret_value);

/* The decoded string: borrowed from the document when it has no escapes, else from the arena.
   Lone surrogates were refused by json_parse. False: not a string. */
bool json_to_string(struct json value, struct arena *arena, struct span *ret_text);

/* ---- writing ---- */

/* A quoted string with what must be escaped escaped; `text` must be valid UTF-8. */
void json_put_string(struct buf *buf, struct span text);

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool utf8_valid(struct span text);

#endif
