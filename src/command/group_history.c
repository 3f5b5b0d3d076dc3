/* Group messages read, recalled, deleted, edited (server-api §3.6, §3.11). */
#include "command/services.h"

const struct command *const commands_group_history[] = {NULL};
