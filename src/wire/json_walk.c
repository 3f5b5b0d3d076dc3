/* Walking validated documents: form is not checked again, so nested values are only measured. */
#include "wire/json.h"

#include "wire/json_text.h"

static enum json_type type_of(char first)
{
    switch (first) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

struct json json_value_of(struct span text)
{
    enum json_type type = type_of(text.p[0]);

    return (struct json){
        .type = type,
        .escaped = type == JSON_STRING && memchr(text.p, '\\', text.n),
        .text = text,
    };
}

/* Behind the opening quote: returns where the closing quote is. */
static inline const char *closing_quote(const char *p, const char *end, bool *ret_escaped)
{
    bool escaped = false;

    for (;;) {
        p = json_plain_end(p, end);
        if (p >= end || *p == '"')
            break;
        escaped = true;
        p += 2;
    }
    *ret_escaped = escaped;
    return p;
}

/* Behind the opening bracket: returns behind the one that closes it. */
static const char *container_end(const char *p, const char *end)
{
    unsigned open = 1;
    bool escaped;

    while (open) {
        p = json_structure(p, end);
        if (*p == '"')
            p = closing_quote(p + 1, end, &escaped);
        else if (*p == '{' || *p == '[')
            open++;
        else
            open--;
        p++;
    }
    return p;
}

static const char *scalar_end(const char *p, const char *end)
{
    while (p < end && *p != ',' && *p != '}' && *p != ']' && !json_is_space(*p))
        p++;
    return p;
}

struct json_iter json_iter(struct json value)
{
    if (value.type != JSON_OBJECT && value.type != JSON_ARRAY)
        return (struct json_iter){0};
    return (struct json_iter){
        .at = value.text.p + 1,
        .end = value.text.p + value.text.n - 1,
        .object = value.type == JSON_OBJECT,
    };
}

static inline bool next_item(struct json_iter *it, struct span *ret_key, bool *ret_key_escaped,
                             struct json *ret_value)
{
    const char *end = it->end;
    const char *p = json_skip_space(it->at, end);
    const char *behind;

    if (p < end && *p == ',')
        p = json_skip_space(p + 1, end);
    if (p >= end)
        return false;
    *ret_key = (struct span){p, 0};
    if (it->object) {
        const char *quote = closing_quote(p + 1, end, ret_key_escaped);

        *ret_key = (struct span){p + 1, (size_t)(quote - p - 1)};
        p = json_skip_space(quote + 1, end);
        p = json_skip_space(p + 1, end); /* the colon */
    }
    ret_value->type = type_of(*p);
    ret_value->escaped = false;
    if (ret_value->type == JSON_STRING)
        behind = closing_quote(p + 1, end, &ret_value->escaped) + 1;
    else if (ret_value->type == JSON_OBJECT || ret_value->type == JSON_ARRAY)
        behind = container_end(p + 1, end);
    else
        behind = scalar_end(p, end);
    ret_value->text = (struct span){p, (size_t)(behind - p)};
    it->at = behind;
    return true;
}

bool json_next(struct json_iter *it, struct span *ret_key, struct json *ret_value)
{
    bool key_escaped;

    return next_item(it, ret_key, &key_escaped, ret_value);
}

#define NAMES_AT_ONCE ((size_t)32)

static void find_members(struct json object, const char *const *names, struct json *ret_values,
                         size_t n)
{
    struct json_iter it = json_iter(object);
    size_t lengths[NAMES_AT_ONCE];
    struct json value;
    struct span key;
    bool escaped = false;

    for (size_t i = 0; i < n; i++)
        lengths[i] = strlen(names[i]);
    while (next_item(&it, &key, &escaped, &value)) {
        for (size_t i = 0; i < n; i++) {
            if (escaped ? json_key_is(key, names[i])
                        : lengths[i] == key.n && memcmp(names[i], key.p, key.n) == 0) {
                ret_values[i] = value;
                break;
            }
        }
    }
}

void json_members(struct json object, const char *const *names, struct json *ret_values, size_t n)
{
    memset(ret_values, 0, n * sizeof(*ret_values));
    if (object.type != JSON_OBJECT)
        return;
    for (size_t at = 0; at < n; at += NAMES_AT_ONCE)
        find_members(object, names + at, ret_values + at,
                     n - at < NAMES_AT_ONCE ? n - at : NAMES_AT_ONCE);
}

struct json json_member(struct json object, const char *name)
{
    struct json value;

    json_members(object, &name, &value, 1);
    return value;
}

struct json json_option(struct json object, const char *name)
{
    struct json value = json_member(object, name);

    return value.type == JSON_NULL ? (struct json){.type = JSON_NONE} : value;
}

size_t json_count(struct json value)
{
    struct json_iter it = json_iter(value);
    struct json item;
    struct span key;
    size_t count = 0;

    while (json_next(&it, &key, &item))
        count++;
    return count;
}
