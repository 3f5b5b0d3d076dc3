/*
 * Commands of operators and customers: REST under /admin/v1 with a token, and the admin socket.
 * A file of rows for each noun (admin_*.c); replies are the object that `put` writes.
 */
#ifndef COMMAND_ADMIN_H
#define COMMAND_ADMIN_H

#include "command/services.h"
#include "core/admin/actor.h"

/* A field of a request struct; wrong types are IM_ERR_INVALID. */
#define ADMIN_FIELD(n, t, of, member)                                                   \
    {                                                                                   \
        .name = (n), .type = (t), .offset = FIELD_AT(of, member), .bad = IM_ERR_INVALID \
    }

/* Of commands without members. */
extern const struct field admin_no_fields[0];

/*
 * A row named identifier_command: `fields` is an array of ADMIN_FIELD, `of` the struct that they
 * fill; `convert` (or NULL) makes of it what the core's handler reads, at the struct's beginning;
 * `put` writes the result as one JSON object, of a write at most ADMIN_MAX_WRITE_REPLY bytes.
 * Who may call, and that `app` and `customer` are the caller's, is settled before the handler
 * (core/admin/door.h).
 */
#define ADMIN_COMMAND(...) ADMIN_ROW(200, __VA_ARGS__)
/* The same for what makes something: it answers 201. */
#define ADMIN_CREATION(...) ADMIN_ROW(201, __VA_ARGS__)

#define ADMIN_ROW(success, identifier, command_name, verb, url, role_bits, fields_of, of, handler, \
                  convert, put, sentence)                                                          \
    static void identifier##_encode(struct request *req, struct buf *into)                         \
    {                                                                                              \
        if (req->err) {                                                                            \
            put_detail(req, into);                                                                 \
            return;                                                                                \
        }                                                                                          \
        BUF_LIT(into, ",\"Result\":");                                                             \
        put(req, into);                                                                            \
    }                                                                                              \
    static void identifier##_object(struct request *req, struct buf *into)                         \
    {                                                                                              \
        put(req, into);                                                                            \
    }                                                                                              \
    static const struct admin_route identifier##_route = {.name = (command_name),                  \
                                                          .method = (verb),                        \
                                                          .path = (url),                           \
                                                          .roles = (role_bits),                    \
                                                          .status = (success),                     \
                                                          .object = identifier##_object};          \
    static const struct command identifier##_command = {                                           \
        .operation = {.number = 0, .run = (handler), .admin = &identifier##_route},                \
        .service = "admin",                                                                        \
        .name = (command_name),                                                                    \
        .callers = BY_OPERATOR,                                                                    \
        .bad_json = IM_ERR_JSON,                                                                   \
        .not_admin = IM_ERR_ADMIN_REQUIRED,                                                        \
        .fields = (fields_of),                                                                     \
        .field_count = sizeof(fields_of) / sizeof((fields_of)[0]),                                 \
        .request_bytes = sizeof(of),                                                               \
        .decode = (convert),                                                                       \
        .encode = identifier##_encode,                                                             \
        .encode_errors = true,                                                                     \
        .about = (sentence),                                                                       \
    }

/* Members of the object being written: a comma before all but the first. */
void put_u64(struct buf *into, const char *name, uint64_t value);
void put_i64(struct buf *into, const char *name, int64_t value);
void put_bool(struct buf *into, const char *name, bool value);
void put_text(struct buf *into, const char *name, struct span text);
void put_time(struct buf *into, const char *name, uint64_t us); /* "2026-11-22T15:10:00Z" */
void put_day(struct buf *into, const char *name, uint32_t day);
void put_month(struct buf *into, const char *name, uint32_t month);
/* "next": the cursor as a string, or null for 0: the list's end. */
void put_next(struct buf *into, uint64_t cursor);
void put_null(struct buf *into, const char *name);
void put_hash(struct buf *into, const char *name, const uint8_t hash[32]); /* hex */
/* "name": and nothing behind it: an object or array follows. */
void put_name(struct buf *into, const char *name);

/* The sentence of a refusal (struct operator_refusal), if there is one. */
void put_detail(const struct request *req, struct buf *into);

#endif
