/* The v4 REST router and its authentication (server-api §1): POST /v4/service/command. */
#ifndef GATEWAY_REST_H
#define GATEWAY_REST_H

#include "gateway/http_conn.h"

void rest_handle(const struct http_call *call);

#endif
