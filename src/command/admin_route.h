/*
 * Commands of operators and customers as HTTP: a method and a path below /admin/v1 find the
 * command, and the members of path, query and body together become its fields. Strict: a member
 * that the command has not, or that stands in two places, is refused by its name. Pure.
 */
#ifndef COMMAND_ADMIN_ROUTE_H
#define COMMAND_ADMIN_ROUTE_H

#include "command/command.h"

#define ADMIN_PREFIX "/admin/v1"

/*
 * The command of a method and a path (undecoded, with the prefix); of two that fit, the one with
 * the earlier literal segment. NULL: none; then `allow` holds the methods that the path has,
 * separated by commas, or nothing if there is no such path.
 */
const struct command *admin_route_find(struct span method, struct span path, struct buf *allow);

/*
 * Decodes a call into req->body and req->admin (the names and the audit's text), as
 * command_decode does; the spans must live in the request's arena. On an error the sentence is in
 * req->result.
 */
enum im_err admin_decode(const struct command *command, struct request *req, struct span path,
                         struct span query, struct span body);

/* Steps through a path or template: the next segment behind a '/'. False at the end. */
bool admin_segment_next(struct span *path, struct span *ret_segment);
/* "{name}" as its name; false: a literal segment. */
bool admin_segment_name(struct span segment, struct span *ret_name);

/* ---- replies ---- */

/* The HTTP status of a call that was answered or refused. */
uint16_t admin_status(const struct request *req);
const char *admin_status_text(uint16_t status);
/* The result object, or on an error its problem details (RFC 9457). Sets req->err if the result
   does not fit. */
void admin_encode(struct request *req, struct buf *into);
/* Problem details without a request. `code` is a word for programs. */
void admin_problem(uint16_t status, const char *code, struct span detail, struct buf *into);

/* ---- the document ---- */

/* The OpenAPI 3.1 document of all of these commands. */
void admin_openapi(struct buf *into);

#endif
