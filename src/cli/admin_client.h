/*
 * Asks a running server by the admin API (command/admin_route.h), one HTTP/1.1 request a
 * connection: over its admin socket, DATA/admin.sock, or at a URL with the token in MAGPIE_TOKEN.
 * Blocking.
 */
#ifndef CLI_ADMIN_CLIENT_H
#define CLI_ADMIN_CLIENT_H

#include "base/buf.h"
#include "wire/json.h"

#define ADMIN_SOCKET_NAME "admin.sock"
#define ADMIN_TOKEN_ENV "MAGPIE_TOKEN"

/* What the server said. `text` keeps the reply, the others lie in it. */
struct admin_reply {
    struct buf text;
    struct json object;
    struct json result; /* the same */
};

/*
 * Calls a command by its name: `body` is one JSON object with all of its members, those of the path
 * too. `data` is the data directory or "http://HOST:PORT". False: one line on stderr says why,
 * nothing to release.
 */
bool admin_call(const char *data, const char *command, struct span body, struct admin_reply *ret);
void admin_reply_release(struct admin_reply *reply);

/* ---- requests: a JSON object, built member by member; ends with admin_body_end ---- */

void admin_body_init(struct buf *body);
void admin_body_text(struct buf *body, const char *name, const char *value);
void admin_body_number(struct buf *body, const char *name, uint64_t value);
/* `json` is valid JSON. */
void admin_body_json(struct buf *body, const char *name, struct span json);
struct span admin_body_end(struct buf *body);

/* ---- replies ---- */

/* A string or number member as text for people; "" if it is absent. Valid until the next call. */
const char *admin_text(struct json object, const char *name);
uint64_t admin_u64(struct json object, const char *name);

#endif
