/* Applications, invitations, quitting (server-api §5.1, websocket-behaviour §5). */
#include "command/services.h"

const struct command *const commands_group_join[] = {NULL};
