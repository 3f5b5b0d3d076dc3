/* openim: unread counts and read reports. */
#include "command/services.h"

const struct command *const commands_read[] = {NULL};
