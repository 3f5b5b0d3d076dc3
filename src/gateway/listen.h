/* Sockets that gateways listen on. Gateway thread. */
#ifndef GATEWAY_LISTEN_H
#define GATEWAY_LISTEN_H

#include "gateway/gateway_internal.h"

/* Binds "ADDR:PORT" or "[ADDR]:PORT"; port 0 picks one; listener->address then tells it.
   IM_ERR_INVALID, IM_ERR_IO: one log line. */
enum im_err listener_bind(struct gateway *gateway, struct listener *listener, const char *address);
enum im_err listener_start(struct listener *listener);

#endif
