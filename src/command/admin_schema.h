/*
 * Schemas of the admin API's replies. A command without one here answers some object, which is all
 * that the document then says.
 */
#ifndef COMMAND_ADMIN_SCHEMA_H
#define COMMAND_ADMIN_SCHEMA_H

#include "command/command.h"

/* The name of the command of the i-th schema, NULL behind the last. */
const char *admin_schema_command(size_t i);

/* The JSON schema of the command's result. */
void admin_schema_put(const struct command *command, struct buf *into);

#endif
