/* openim: C2C history and withdrawal. */
#include "command/services.h"

const struct command *const commands_history[] = {NULL};
