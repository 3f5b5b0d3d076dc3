/*
 * The admin API, /admin/v1: the commands of operators and customers as HTTP
 * (command/admin_route.h). On a listener of its own with a token as Authorization: Bearer, and on
 * the admin socket without.
 */
#ifndef GATEWAY_ADMIN_API_H
#define GATEWAY_ADMIN_API_H

#include "gateway/http_conn.h"

void admin_token_handle(const struct http_call *call);
void admin_operator_handle(const struct http_call *call);

/* The shard's answer; `body` is what admin_encode wrote. */
void admin_answered(struct conn *conn, const struct request *req, struct span body);

/* A request that could not be read as HTTP: problem details with this status. */
void admin_refuse(struct conn *conn, uint64_t number, uint16_t status);

#endif
