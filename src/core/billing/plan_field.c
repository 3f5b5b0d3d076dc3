#include "core/billing/plan_field.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/quota/entitlement.h"

const char *const plan_round_names[] = {"up", "down", NULL};
const char *const plan_quantity_names[] = {"whole", "above_included", NULL};

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
            return plan_problem(problem, inner, "is not a known field");
    }
    for (; fields->name; fields++) {
        json_t *member = json_object_get(value, fields->name);

        place_of(inner, place, fields->name);
        if (!member && fields->optional)
            continue;
        if (!member)
            return plan_problem(problem, inner, "is missing");
        if (!read_field(problem, member, inner, fields, into))
            return false;
    }
    return true;
}

json_t *plan_read_json(char *problem, struct span file, size_t max_bytes)
{
    json_error_t error;
    json_t *root;

    if (file.n > max_bytes) {
        plan_problem(problem, "the file", "is larger than %zu bytes", max_bytes);
        return NULL;
    }
    root = json_loadb(file.n ? file.p : "", file.n, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        plan_problem(problem, "", "line %d, column %d: %s", error.line, error.column, error.text);
    return root;
}

struct span plan_text(json_t *value)
{
    return json_is_string(value) ? span_make(json_string_value(value), json_string_length(value))
                                 : (struct span){0};
}

bool plan_text_made_of(struct span text, const char *others)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !strchr(others, c))
            return false;
    }
    return true;
}

bool plan_read_id(char *problem, json_t *value, const char *place, void *into)
{
    struct span id = plan_text(value);

    if (id.n == 0 || id.n > PLAN_ID_MAX || !plan_text_made_of(id, "-"))
        return plan_problem(problem, place, "must be 1 to %d characters a-z, 0-9 and -",
                            PLAN_ID_MAX);
    memcpy(into, id.p, id.n);
    return true;
}

/* ---- numbers that a pack or a contract gives ---- */

/* No number of a file: those are at most PLAN_MAX_NUMBER, or PLAN_UNLIMITED. */
#define NOT_GIVEN (UINT64_MAX - 1)

struct gifts_text {
    uint64_t values[ENTITLEMENT_END];
};

static bool read_service(char *problem, json_t *value, const char *place, void *into)
{
    if (!json_is_true(value))
        return plan_problem(problem, place, "must be true, or left out");
    *(uint64_t *)into = 1;
    return true;
}

#define GIVEN(number) offsetof(struct gifts_text, values[number])
#define GIVEN_LIMIT(number, text)                                                     \
    {                                                                                 \
        .name = (text), .kind = PLAN_FIELD_NUMBER, .offset = GIVEN(number), .min = 1, \
        .max = PLAN_MAX_NUMBER, .optional = true                                      \
    }
#define GIVEN_CAP(number, text)                                                    \
    {                                                                              \
        .name = (text), .kind = PLAN_FIELD_CAP, .offset = GIVEN(number), .min = 1, \
        .max = PLAN_MAX_NUMBER, .optional = true                                   \
    }

static const struct plan_field gift_fields[] = {
    GIVEN_LIMIT(LIMIT_ROAMING, "roaming"),
    GIVEN_LIMIT(LIMIT_MULTI_TERMINAL, "multi_terminal"),
    GIVEN_LIMIT(LIMIT_PUSH, "push"),
    GIVEN_LIMIT(LIMIT_CALL_RATE, "call_rate"),
    GIVEN_LIMIT(LIMIT_GROUPS_PER_DAY, "groups_per_day"),
    GIVEN_LIMIT(LIMIT_GROUPS_TOTAL, "groups_total"),
    GIVEN_LIMIT(LIMIT_RECENTS, "recents"),
    GIVEN_LIMIT(LIMIT_GROUP_MESSAGES, "group_messages"),
    GIVEN_CAP(CAP_ACCOUNTS, "accounts"),
    GIVEN_CAP(CAP_FRIENDS_PER_ACCOUNT, "friends_per_account"),
    GIVEN_CAP(CAP_GROUPS_PER_ACCOUNT, "groups_per_account"),
    GIVEN_CAP(CAP_GROUPS, "groups"),
    GIVEN_CAP(CAP_AV_CHAT_ROOMS, "av_chat_rooms"),
    GIVEN_CAP(CAP_B_CHAT_ROOMS, "b_chat_rooms"),
    GIVEN_CAP(CAP_MEMBERS_OF_PRIVATE, "members_of_private"),
    GIVEN_CAP(CAP_MEMBERS_OF_PUBLIC, "members_of_public"),
    GIVEN_CAP(CAP_MEMBERS_OF_CHAT_ROOM, "members_of_chat_room"),
    GIVEN_CAP(CAP_MEMBERS_OF_AV_CHAT_ROOM, "members_of_av_chat_room"),
    GIVEN_CAP(CAP_MEMBERS_OF_B_CHAT_ROOM, "members_of_b_chat_room"),
    PLAN_OPTIONAL_CUSTOM(GIVEN(SERVICE_ALL_MEMBER_PUSH), "all_member_push", read_service),
    PLAN_OPTIONAL_CUSTOM(GIVEN(SERVICE_GROUP_COUNTERS), "group_counters", read_service),
    PLAN_OPTIONAL_CUSTOM(GIVEN(SERVICE_ROOM_BANS), "room_bans", read_service),
    PLAN_OPTIONAL_CUSTOM(GIVEN(SERVICE_ROOM_BROADCASTS), "room_broadcasts", read_service),
    PLAN_END,
};
_Static_assert(sizeof(gift_fields) / sizeof(*gift_fields) - 1 <= PLAN_MAX_GIFTS,
               "all gifts fit together");

bool plan_read_gifts(char *problem, json_t *value, const char *place, void *into)
{
    struct plan_gifts *gifts = into;
    struct gifts_text text;

    for (unsigned i = 0; i < ENTITLEMENT_END; i++)
        text.values[i] = NOT_GIVEN;
    if (!plan_read_object(problem, value, place, gift_fields, &text))
        return false;
    for (unsigned i = 0; i < ENTITLEMENT_END; i++)
        if (text.values[i] != NOT_GIVEN)
            gifts->of[gifts->count++] = (struct plan_gift){(uint8_t)i, text.values[i]};
    return true;
}
