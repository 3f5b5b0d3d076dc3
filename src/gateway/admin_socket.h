/*
 * The operator's way in: a unix socket in the data directory, mode 0600, open to the server's own
 * user and root only. It speaks the admin API (gateway/admin_api.h), and needs no token.
 */
#ifndef GATEWAY_ADMIN_SOCKET_H
#define GATEWAY_ADMIN_SOCKET_H

#include "gateway/http_conn.h"

/* Binds the socket, replacing a stale one. IM_ERR_IO: logged. */
enum im_err admin_bind(struct gateway *gateway, const char *path);
bool admin_peer_allowed(uv_pipe_t *pipe);

#endif
