/*
 * Asks a running server over its admin socket, DATA/admin.sock: one HTTP/1.1 request a connection,
 * POST /admin/COMMAND with a JSON object. Blocking.
 */
#ifndef CLI_ADMIN_CLIENT_H
#define CLI_ADMIN_CLIENT_H

#include "base/buf.h"
#include "wire/json.h"

#define ADMIN_SOCKET_NAME "admin.sock"

/* What the server said. `text` keeps the reply, the others lie in it. */
struct admin_reply {
    struct buf text;
    struct json object;
    struct json result; /* its member Result */
};

/* Sends `body` and reads the reply. False: one line on stderr says why, nothing to release. */
bool admin_call(const char *data, const char *command, struct span body, struct admin_reply *ret);
void admin_reply_release(struct admin_reply *reply);

/* ---- requests: a JSON object, built member by member; ends with admin_body_end ---- */

void admin_body_init(struct buf *body);
void admin_body_text(struct buf *body, const char *name, const char *value);
void admin_body_number(struct buf *body, const char *name, uint64_t value);
struct span admin_body_end(struct buf *body);

/* ---- replies ---- */

/* A string or number member as text for people; "" if it is absent. Valid until the next call. */
const char *admin_text(struct json object, const char *name);
uint64_t admin_u64(struct json object, const char *name);

#endif
