/* openim: offline messages and push acks. */
#include "command/services.h"

const struct command *const commands_sync[] = {NULL};
