/*
 * Tables that say which members a JSON object of a plan or contract file has, of what type and
 * bounds, and where they go. Every member must be there unless marked optional, and none else.
 * Used by the readers of this folder, and by that of scenarios (cli/simulate).
 */
#ifndef CORE_BILLING_PLAN_FIELD_H
#define CORE_BILLING_PLAN_FIELD_H

#include <jansson.h>

#include "core/billing/plan.h"

#define PLAN_PLACE_BYTES 128

enum plan_field_kind {
    PLAN_FIELD_NUMBER, /* uint64_t, min to max */
    PLAN_FIELD_FEN,    /* int64_t, 0 to max */
    PLAN_FIELD_CAP,    /* uint64_t, min to max, or null for PLAN_UNLIMITED */
    PLAN_FIELD_BOOL,   /* bool */
    PLAN_FIELD_CHOICE, /* uint8_t: the index in choices */
    PLAN_FIELD_ONLY,   /* the one text that this version understands; stored nowhere */
    PLAN_FIELD_OBJECT, /* a struct, by its own table */
    PLAN_FIELD_CUSTOM, /* by `read` */
};

struct plan_field {
    const char *name; /* NULL ends a table */
    enum plan_field_kind kind;
    size_t offset;
    uint64_t min, max;
    const char *const *choices; /* NULL ends them */
    const struct plan_field *fields;
    bool (*read)(char *problem, json_t *value, const char *place, void *into);
    bool optional; /* may be left out; `into` is then untouched */
};

/* The _Generic refuses a member of another type. */
#define PLAN_OFFSET(type, member, of) _Generic(((type *)0)->member, of : offsetof(type, member))

#define PLAN_NUMBER(type, member, text, low, high)                                                \
    {                                                                                             \
        .name = (text), .kind = PLAN_FIELD_NUMBER, .offset = PLAN_OFFSET(type, member, uint64_t), \
        .min = (low), .max = (high)                                                               \
    }
#define PLAN_FEN(type, member, text)                                                          \
    {                                                                                         \
        .name = (text), .kind = PLAN_FIELD_FEN, .offset = PLAN_OFFSET(type, member, int64_t), \
        .max = PLAN_MAX_NUMBER                                                                \
    }
#define PLAN_CAP_FROM(type, member, text, low)                                                 \
    {                                                                                          \
        .name = (text), .kind = PLAN_FIELD_CAP, .offset = PLAN_OFFSET(type, member, uint64_t), \
        .min = (low), .max = PLAN_MAX_NUMBER                                                   \
    }
#define PLAN_CAP(type, member, text) PLAN_CAP_FROM(type, member, text, 0)
#define PLAN_BOOL(type, member, text)                                                      \
    {                                                                                      \
        .name = (text), .kind = PLAN_FIELD_BOOL, .offset = PLAN_OFFSET(type, member, bool) \
    }
#define PLAN_CHOICE(type, member, text, names)                                                   \
    {                                                                                            \
        .name = (text), .kind = PLAN_FIELD_CHOICE, .offset = PLAN_OFFSET(type, member, uint8_t), \
        .choices = (names)                                                                       \
    }
#define PLAN_ONLY(text, names)                                      \
    {                                                               \
        .name = (text), .kind = PLAN_FIELD_ONLY, .choices = (names) \
    }
#define PLAN_OBJECT(type, member, text, table)                                       \
    {                                                                                \
        .name = (text), .kind = PLAN_FIELD_OBJECT, .offset = offsetof(type, member), \
        .fields = (table)                                                            \
    }
#define PLAN_CUSTOM(at, text, reader)                                               \
    {                                                                               \
        .name = (text), .kind = PLAN_FIELD_CUSTOM, .offset = (at), .read = (reader) \
    }
#define PLAN_OPTIONAL_CUSTOM(at, text, reader)                                       \
    {                                                                                \
        .name = (text), .kind = PLAN_FIELD_CUSTOM, .offset = (at), .read = (reader), \
        .optional = true                                                             \
    }
#define PLAN_END     \
    {                \
        .name = NULL \
    }

/* An array of texts of one. */
#define PLAN_WORD(text) ((const char *const[]){text, NULL})

/* Choices that plans and contracts share: enum plan_round, enum plan_quantity. */
extern const char *const plan_round_names[];
extern const char *const plan_quantity_names[];

/* Fills in `into` by the table. False: `problem` says what is wrong. `place` is "" at the top. */
bool plan_read_object(char *problem, json_t *value, const char *place,
                      const struct plan_field *fields, void *into);

/* One JSON text of at most max_bytes, without a member given twice. NULL: `problem` says why. */
json_t *plan_read_json(char *problem, struct span file, size_t max_bytes);

/* Custom readers. */
bool plan_read_id(char *problem, json_t *value, const char *place,
                  void *into); /* PLAN_ID_MAX + 1 */
bool plan_read_gifts(char *problem, json_t *value, const char *place, void *into); /* plan_gifts */

/* The string's bytes; empty if it is none. */
struct span plan_text(json_t *value);
/* Only a-z, 0-9 and these others. */
bool plan_text_made_of(struct span text, const char *others);

/* Writes "place: what is wrong" and returns false. */
bool plan_problem(char *problem, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
