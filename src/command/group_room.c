/* AVChatRoom and BChatRoom (server-api §3.11, websocket-behaviour §5b). */
#include "command/services.h"

const struct command *const commands_group_room[] = {NULL};
