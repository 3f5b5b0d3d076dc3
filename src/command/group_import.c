/* Groups moved from elsewhere (server-api §3.6). */
#include "command/services.h"

const struct command *const commands_group_import[] = {NULL};
