/* The operator's commands, over the local admin socket. */
#include "command/services.h"

const struct command *const commands_operator[] = {NULL};
