/* recentcontact: the list of conversations. */
#include "command/services.h"

const struct command *const commands_recentcontact[] = {NULL};
