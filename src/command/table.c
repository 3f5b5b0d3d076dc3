/*
 * Joins the arrays of the service files once, at the first use, and finds rows by name. The names
 * are fixed at compile time, so the hash needs no secret: an outsider can only look rows up.
 */
#include <pthread.h>

#include "base/check.h"
#include "base/mem.h"
#include "command/services.h"

#define MAX_COMMANDS 512
#define MAX_NUMBER 4096 /* numbers index an array */
#define SLOTS 2048      /* power of two, at most a quarter full */

static const struct command *const *const services[] = {
    commands_login_svc,      commands_open_status,
    commands_online_status,  commands_profile,
    commands_send,           commands_history,
    commands_read,           commands_sync,
    commands_recentcontact,  commands_config,
    commands_admin_app,      commands_admin_customer,
    commands_startup,        commands_group_base,
    commands_group_member,   commands_group_member_list,
    commands_group_message,  commands_group_history,
    commands_group_list,     commands_group_join,
    commands_group_room,     commands_group_value,
    commands_group_import,   commands_openim_import,
    commands_group_edit,     commands_admin_group_field,
    commands_admin_limit,    commands_admin_bill,
    commands_admin_contract, commands_admin_ticket,
    commands_admin_warning,  commands_admin_ledger,
    commands_group_info,
};

struct slot {
    const struct command *command; /* NULL: free */
    uint32_t hash;
    uint8_t service_bytes, name_bytes;
};

static const struct command *rows[MAX_COMMANDS];
static size_t row_count;
static const struct command *by_number[MAX_NUMBER];
static struct slot slots[SLOTS];
static pthread_once_t joined = PTHREAD_ONCE_INIT;

/* FNV-1a over service, a point, name: names are about 20 bytes. */
static uint32_t name_hash(struct span service, struct span name)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < service.n; i++)
        hash = (hash ^ (uint8_t)service.p[i]) * 16777619u;
    hash = (hash ^ '.') * 16777619u;
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (uint8_t)name.p[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static const struct command *slot_find(struct span service, struct span name, uint32_t hash,
                                       size_t *ret_free)
{
    size_t i = hash & (SLOTS - 1);

    for (; slots[i].command; i = (i + 1) & (SLOTS - 1)) {
        const struct slot *slot = &slots[i];

        if (slot->hash == hash && slot->service_bytes == service.n && slot->name_bytes == name.n &&
            memcmp(slot->command->service, service.p, service.n) == 0 &&
            memcmp(slot->command->name, name.p, name.n) == 0)
            return slot->command;
    }
    *ret_free = i;
    return NULL;
}

/* What the door reads (core/admin/door.h). */
static bool names_owner(const struct field *field)
{
    return strcmp(field->name, "app") == 0 || strcmp(field->name, "customer") == 0;
}

/* What decoding relies on. */
static void fields_check(const struct command *command)
{
    CHECK(command->field_count <= COMMAND_MAX_FIELDS);
    CHECK(command->field_count == 0 || (command->fields && command->request_bytes));
    for (size_t i = 0; i < command->field_count; i++) {
        const struct field *field = &command->fields[i];
        bool list = field->type == FIELD_ACCOUNTS || field->type == FIELD_STRINGS;

        CHECK(field->name && field->name[0] && field->offset < command->request_bytes);
        CHECK(field->bad != IM_OK);
        CHECK(!command->operation.admin || field->type == FIELD_U32 || !names_owner(field));
        CHECK(!(field->flags & FIELD_REQUIRED) || field->missing != IM_OK);
        CHECK(!(field->flags & FIELD_SELF) || field->type == FIELD_ACCOUNT);
        CHECK(!list || (field->max_count && field->too_many != IM_OK));
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(field->name, command->fields[j].name) != 0);
    }
}

static void row_add(const struct command *command)
{
    struct span service = span_of(command->service);
    struct span name = span_of(command->name);
    uint16_t number = command->operation.number;
    uint32_t hash;
    size_t slot;

    CHECK(service.n && service.n < 128 && name.n && name.n < 128);
    CHECK(command->callers && command->about);
    CHECK(command->placeholder == !command->operation.run);
    CHECK(!(command->callers & BY_OPERATOR) == !command->operation.admin);
    CHECK(!command->placeholder || (!number && !command->field_count && !command->decode));
    fields_check(command);

    CHECK(row_count < MAX_COMMANDS);
    rows[row_count++] = command;
    if (number) {
        CHECK(number < MAX_NUMBER && !by_number[number]);
        by_number[number] = command;
    }
    hash = name_hash(service, name);
    CHECK(!slot_find(service, name, hash, &slot));
    slots[slot] = (struct slot){command, hash, (uint8_t)service.n, (uint8_t)name.n};
}

static void join(void)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        for (const struct command *const *at = services[i]; *at; at++)
            row_add(*at);
    }
}

size_t command_count(void)
{
    pthread_once(&joined, join);
    return row_count;
}

const struct command *command_at(size_t i)
{
    CHECK(i < command_count());
    return rows[i];
}

const struct command *command_find(struct span service, struct span name)
{
    size_t unused;

    pthread_once(&joined, join);
    return slot_find(service, name, name_hash(service, name), &unused);
}

uint16_t command_number(struct span name)
{
    const char *dot = memchr(name.p, '.', name.n);
    const struct command *command;
    size_t n;

    if (!dot)
        return 0;
    n = (size_t)(dot - name.p);
    command = command_find((struct span){name.p, n}, (struct span){dot + 1, name.n - n - 1});
    return command ? command->operation.number : 0;
}

const struct command *command_by_number(uint16_t number)
{
    pthread_once(&joined, join);
    return number < MAX_NUMBER ? by_number[number] : NULL;
}
