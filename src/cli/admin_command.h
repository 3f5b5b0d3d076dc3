/*
 * Subcommands that ask a running server one thing: their options become the members of the
 * request, the reply is printed for people or as JSON.
 */
#ifndef CLI_ADMIN_COMMAND_H
#define CLI_ADMIN_COMMAND_H

#include "cli/admin_client.h"
#include "cli/options.h"
#include "cli/subcommands.h"

enum admin_option_type {
    OPTION_NUMBER, /* up to max; 0: 32 bits */
    OPTION_TEXT,
    OPTION_MONTH,
    OPTION_JSON_FILE, /* the name of a file that holds a JSON object */
};

struct admin_option {
    const char *name;   /* "--app" */
    const char *member; /* "app" */
    uint8_t type;       /* enum admin_option_type */
    bool required;
    uint64_t max;
};

#define ADMIN_COMMAND_OPTIONS 8

struct admin_command {
    const char *group;     /* "ticket" */
    const char *help;      /* of the group */
    const char *operation; /* "ticket_open" */
    struct admin_option options[ADMIN_COMMAND_OPTIONS];
    void (*print)(struct json result);
    const char *kind; /* the member `kind` of the request; NULL: none */
};

/* Returns the exit status. */
int admin_command_run(const struct admin_command *command, int argc, char **argv);

/* "1,234.50" of fen, "-" of null. Good until the fourth call behind it. */
const char *admin_yuan(struct json object, const char *name);

/* Where a list goes on, if it does. */
void admin_print_next(struct json result);

#endif
