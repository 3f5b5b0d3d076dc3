#include "core/billing/plan_field.h"

#include <inttypes.h>
#include <stdio.h>

bool plan_problem(char *problem, const char *place, const char *format, ...)
{
    va_list args;
    int n = snprintf(problem, PLAN_PROBLEM_BYTES, "%s%s", place, *place ? ": " : "");

    if (n >= 0 && n < PLAN_PROBLEM_BYTES) {
        va_start(args, format);
        vsnprintf(problem + n, PLAN_PROBLEM_BYTES - (size_t)n, format, args);
        va_end(args);
    }
    /* Names and excerpts come from the file: they must not break the line or the terminal. */
    for (char *c = problem; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    return false;
}

static void place_of(char into[PLAN_PLACE_BYTES], const char *place, const char *name)
{
    snprintf(into, PLAN_PLACE_BYTES, "%s%s%.40s", place, *place ? "." : "", name);
}

static bool read_number(char *problem, json_t *value, const char *place,
                        const struct plan_field *field, uint64_t *ret_number)
{
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;

    if (number < 0 || (uint64_t)number < field->min || (uint64_t)number > field->max)
        return plan_problem(problem, place,
                            "must be a whole number from %" PRIu64 " to %" PRIu64 "%s", field->min,
                            field->max, field->kind == PLAN_FIELD_CAP ? ", or null" : "");
    *ret_number = (uint64_t)number;
    return true;
}

static bool read_choice(char *problem, json_t *value, const char *place, const char *const *choices,
                        uint8_t *ret_index)
{
    char list[PLAN_PROBLEM_BYTES] = "";
    size_t n = 0;

    for (uint8_t i = 0; choices[i]; i++)
        if (json_is_string(value) && strcmp(json_string_value(value), choices[i]) == 0) {
            *ret_index = i;
            return true;
        }
    for (size_t i = 0; choices[i] && n < sizeof(list); i++) {
        int added = snprintf(list + n, sizeof(list) - n, "%s\"%s\"", i ? " or " : "", choices[i]);

        n += added > 0 ? (size_t)added : 0;
    }
    return plan_problem(problem, place, "must be %s", list);
}

static bool read_field(char *problem, json_t *value, const char *place,
                       const struct plan_field *field, void *into)
{
    void *member = (char *)into + field->offset;
    uint64_t number;
    uint8_t ignored;

    switch (field->kind) {
    case PLAN_FIELD_CAP:
        if (json_is_null(value)) {
            *(uint64_t *)member = PLAN_UNLIMITED;
            return true;
        }
        return read_number(problem, value, place, field, member);
    case PLAN_FIELD_NUMBER:
        return read_number(problem, value, place, field, member);
    case PLAN_FIELD_FEN:
        if (!read_number(problem, value, place, field, &number))
            return false;
        *(int64_t *)member = (int64_t)number;
        return true;
    case PLAN_FIELD_BOOL:
        if (!json_is_boolean(value))
            return plan_problem(problem, place, "must be true or false");
        *(bool *)member = json_is_true(value);
        return true;
    case PLAN_FIELD_CHOICE:
        return read_choice(problem, value, place, field->choices, member);
    case PLAN_FIELD_ONLY:
        return read_choice(problem, value, place, field->choices, &ignored);
    case PLAN_FIELD_OBJECT:
        return plan_read_object(problem, value, place, field->fields, member);
    case PLAN_FIELD_CUSTOM:
        return field->read(problem, value, place, member);
    }
    return plan_problem(problem, place, "has no type");
}

static bool known(const struct plan_field *fields, const char *name)
{
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return true;
    return false;
}

bool plan_read_object(char *problem, json_t *value, const char *place,
                      const struct plan_field *fields, void *into)
{
    char inner[PLAN_PLACE_BYTES];

    if (!json_is_object(value))
        return plan_problem(problem, *place ? place : "the file", "must be an object");
    for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at)) {
        place_of(inner, place, json_object_iter_key(at));
        if (!known(fields, json_object_iter_key(at)))
            return plan_problem(problem, inner, "is not a field of a plan");
    }
    for (; fields->name; fields++) {
        json_t *member = json_object_get(value, fields->name);

        place_of(inner, place, fields->name);
        if (!member)
            return plan_problem(problem, inner, "is missing");
        if (!read_field(problem, member, inner, fields, into))
            return false;
    }
    return true;
}
