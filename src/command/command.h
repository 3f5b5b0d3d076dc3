/*
 * The command table: one row a command, from which the router, the decoding and its bounds, the
 * authorisation, the call limits, the statistics and docs/commands.md come. A new command is one
 * row, one handler, one test.
 *
 * A command is `service.name`; REST: POST /v4/service/name, WebSocket: head.servcmd.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "base/buf.h"
#include "core/admin/call.h"
#include "core/request.h"
#include "wire/json.h"

/* Who may call it, and by which way in. */
enum command_caller {
    BY_ADMIN = 1 << 0,    /* REST, an administrator of the app */
    BY_USER = 1 << 1,     /* WebSocket, a logged-in account */
    BY_ANYONE = 1 << 2,   /* WebSocket before login too */
    BY_OPERATOR = 1 << 3, /* the local admin socket and the admin API */
};

enum field_type {
    FIELD_STRING,   /* struct span */
    FIELD_ACCOUNT,  /* struct span: 1 to 32 bytes 0x20..0x7e */
    FIELD_ACCOUNTS, /* struct account_list */
    FIELD_STRINGS,  /* struct account_list, elements are any strings */
    FIELD_U32,      /* struct opt_u32 */
    FIELD_U64,      /* struct opt_u64 */
    FIELD_ARRAY,    /* struct json: an array of at most max elements */
    FIELD_OBJECT,   /* struct json */
    FIELD_ANY,      /* struct json */
};

struct opt_u32 {
    bool set;
    uint32_t v;
};
struct opt_u64 {
    bool set;
    uint64_t v;
};
struct account_list {
    struct span *items;
    uint32_t count;
};

enum field_flag {
    /* Absent, or an empty list: `missing`. Without it "" in a FIELD_ACCOUNT is taken as absent,
       and so is null in any field of a command that is not an operator's. */
    FIELD_REQUIRED = 1 << 0,
    /* For BY_USER callers the account is the caller: set by the router before decoding, whatever
       the request says. For BY_ADMIN callers it is what the request says. */
    FIELD_SELF = 1 << 1,
    /* Never written into the audit. */
    FIELD_SECRET = 1 << 2,
};

/* One member of the request's JSON object. */
struct field {
    const char *name;
    uint8_t type;    /* enum field_type */
    uint8_t flags;   /* enum field_flag */
    uint16_t offset; /* in the request struct */
    /* Bytes of a string or of each element, elements of FIELD_ARRAY, or value; 0: as the type
       allows. Beyond it: `bad`. */
    uint32_t max;
    uint32_t max_count;   /* elements of a list */
    enum im_err missing;  /* when required and absent */
    enum im_err bad;      /* wrong type or form */
    enum im_err too_many; /* over max_count */
};

#define COMMAND_MAX_FIELDS 32

#define FIELD_AT(type, member) (uint16_t) offsetof(type, member)

enum envelope {
    ENVELOPE_PLAIN,   /* ActionStatus, ErrorCode, ErrorInfo */
    ENVELOPE_DISPLAY, /* and ErrorDisplay (profile, sns, recentcontact) */
    ENVELOPE_CONFIG,  /* no ActionStatus, ErrorInfo "OK" (openconfigsvr, server-api §1.4, §3.9) */
};

struct command {
    struct operation operation; /* first: a request's operation is also its command */
    const char *service;
    const char *name;
    uint8_t callers;      /* enum command_caller */
    uint8_t envelope;     /* enum envelope */
    enum im_err bad_json; /* body is not a JSON object */
    enum im_err
        not_admin; /* always IM_ERR_ADMIN_REQUIRED at the gateway; documented service code */
    const struct field *fields;
    uint16_t field_count;
    uint16_t request_bytes; /* of the struct that req->body points to */
    /* Further decoding after the fields; may be NULL. */
    enum im_err (*decode)(struct request *req, struct json body);
    /* Adds the members behind the envelope, each starting with a comma; may be NULL. Runs on
       IM_OK, and with encode_errors also on errors. */
    void (*encode)(struct request *req, struct buf *into);
    bool encode_errors;
    /* ActionStatus of an IM_OK reply that is not plain "OK" (batchsendmsg: "SomeError", or NULL
       for "OK"); may be NULL. */
    const char *(*action_status)(const struct request *req);
    /* Answered by the gateway itself with an empty success: later work that the client SDK needs
       at start-up. One visible list, which shrinks; never a command that stores something.
       operation.run is NULL and operation.number 0 exactly for these. */
    bool placeholder;
    const char *reads;  /* for the docs: the state that it reads */
    const char *counts; /* for the docs: what it counts */
    const char *about;  /* for the docs: one sentence */
};

/* All rows: those of every service file, see command/services.h. i < command_count(). */
const struct command *command_at(size_t i);
size_t command_count(void);

/* NULL: no such command. */
const struct command *command_find(struct span service, struct span name);
const struct command *command_by_number(uint16_t number);
/* The number of "service.name", 0: none. For struct shard_config. */
uint16_t command_number(struct span name);

static inline const struct command *command_of(const struct request *req)
{
    return (const struct command *)(const void *)req->operation;
}

/*
 * Decodes a request body for its caller (req->caller, req->identifier and, for users, the account
 * name in req->identifier are set). Text is copied or borrowed into req->arena: `body` must live
 * there already.
 */
enum im_err command_decode(const struct command *command, struct request *req, struct span body);

/* Writes the whole reply body object: envelope and members. */
void command_encode(struct request *req, struct buf *into);
/* A reply without a request: refused before decoding. */
void command_encode_error(uint8_t envelope, enum im_err err, struct buf *into);

/* Writes a push's `body` object ({"EventArray":[...]} and so on). */
struct output;
void push_encode(const struct output *output, struct buf *into);

/* TinyId of an account: decimal text, at most 20 characters. */
void tinyid_put(struct buf *into, struct account_no no);
bool tinyid_parse(struct span text, struct account_no *ret_no);

/* The feature switches that a client may rely on, as wslogin's PurchaseBits and str_purchase_bits
   (websocket-behaviour §8): a string of '0' and '1', the last one is bit 0. Static memory. */
struct span command_purchase_bits(void);

/* The markdown of docs/commands.md. */
void command_docs(struct buf *into);

/* MsgKey: seq_random_time in decimal, at most 50 characters (server-api §3.5). */
void msgkey_put(struct buf *into, struct message_key key);
bool msgkey_parse(struct span text, struct message_key *ret_key);

#endif
