/* Group attributes and counters (server-api §3.11). */
#include "command/services.h"

const struct command *const commands_group_value[] = {NULL};
