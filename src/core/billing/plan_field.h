/*
 * Tables that say which members a JSON object of a plan file has, of what type and bounds, and
 * where they go. Every member must be there, and none else. Used by plan.c alone.
 */
#ifndef CORE_BILLING_PLAN_FIELD_H
#define CORE_BILLING_PLAN_FIELD_H

#include <jansson.h>

#include "core/billing/plan.h"

#define PLAN_PLACE_BYTES 128

enum plan_field_kind {
    PLAN_FIELD_NUMBER, /* uint64_t, min to max */
    PLAN_FIELD_FEN,    /* int64_t, 0 to max */
    PLAN_FIELD_CAP,    /* uint64_t, or null for PLAN_UNLIMITED */
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
};

/* The _Generic refuses a member of another type. */
#define PLAN_NUMBER(type, member, name, min, max)  \
    {                                              \
        name, PLAN_FIELD_NUMBER,                   \
            _Generic(((type *)0)->member, uint64_t \
                     : offsetof(type, member)),    \
            min, max, NULL, NULL, NULL             \
    }
#define PLAN_FEN(type, member, name)              \
    {                                             \
        name, PLAN_FIELD_FEN,                     \
            _Generic(((type *)0)->member, int64_t \
                     : offsetof(type, member)),   \
            0, PLAN_MAX_NUMBER, NULL, NULL, NULL  \
    }
#define PLAN_CAP(type, member, name)               \
    {                                              \
        name, PLAN_FIELD_CAP,                      \
            _Generic(((type *)0)->member, uint64_t \
                     : offsetof(type, member)),    \
            0, PLAN_MAX_NUMBER, NULL, NULL, NULL   \
    }
#define PLAN_BOOL(type, member, name)           \
    {                                           \
        name, PLAN_FIELD_BOOL,                  \
            _Generic(((type *)0)->member, bool  \
                     : offsetof(type, member)), \
            0, 0, NULL, NULL, NULL              \
    }
#define PLAN_CHOICE(type, member, name, choices)  \
    {                                             \
        name, PLAN_FIELD_CHOICE,                  \
            _Generic(((type *)0)->member, uint8_t \
                     : offsetof(type, member)),   \
            0, 0, choices, NULL, NULL             \
    }
#define PLAN_ONLY(name, choices)                            \
    {                                                       \
        name, PLAN_FIELD_ONLY, 0, 0, 0, choices, NULL, NULL \
    }
#define PLAN_OBJECT(type, member, name, fields)                                   \
    {                                                                             \
        name, PLAN_FIELD_OBJECT, offsetof(type, member), 0, 0, NULL, fields, NULL \
    }
#define PLAN_CUSTOM(offset, name, read)                         \
    {                                                           \
        name, PLAN_FIELD_CUSTOM, offset, 0, 0, NULL, NULL, read \
    }
#define PLAN_END                                         \
    {                                                    \
        NULL, PLAN_FIELD_ONLY, 0, 0, 0, NULL, NULL, NULL \
    }

/* Fills in `into` by the table. False: `problem` says what is wrong. `place` is "" at the top. */
bool plan_read_object(char *problem, json_t *value, const char *place,
                      const struct plan_field *fields, void *into);

/* Writes "place: what is wrong" and returns false. */
bool plan_problem(char *problem, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
