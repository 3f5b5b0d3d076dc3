/*
 * Every way in which something can fail. A value with a public error code is that code
 * (the codes of the REST and client protocols), so nothing can fail towards a client without
 * one; negative values are the server's own, and err_public() says what a client hears instead.
 * err_text() is a switch without default: a value without a sentence does not compile.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum im_err {
    IM_OK = 0,

    /* The server's own. */
    IM_AGAIN = -1,       /* state is being loaded: run the command again; nothing was emitted */
    IM_ERR_IO = -2,      /* a system call failed; logged where it happened */
    IM_ERR_CORRUPT = -3, /* stored bytes fail their checksum or their format */
    IM_ERR_FULL = -4,    /* no room left: disk, queue or budget; nothing was changed */
    IM_ERR_VERSION = -5, /* data directory of another format */
    IM_ERR_LOCKED = -6,  /* another server uses this data directory */
    IM_ERR_NOT_FOUND = -7,
    IM_ERR_EXISTS = -8,
    IM_ERR_INVALID = -9,   /* an argument, file or setting is wrong; the caller has the sentence */
    IM_ERR_OVERFLOW = -10, /* arithmetic on money or sizes would not fit */
    IM_HELD = -12,         /* not an error: the request is answered later (core/shard.h) */
    IM_ERR_UNKNOWN_OUTCOME = -11, /* the journal failed before the fact was known durable */
    IM_ERR_TOKEN = -13,           /* no valid token of the admin API */
    IM_ERR_ROLE = -14,            /* the token's role may not do that */
    IM_ERR_KEY_REUSED = -15,      /* an Idempotency-Key that stood for another request */
    IM_ERR_CONFLICT = -16,        /* not possible as things stand; the caller has the sentence */

    /* Kicked client instance, in wshello (spec: websocket-behaviour §3). */
    IM_ERR_INSTANCE_KICKED = 1002,

    /* Groups (server-api §12.1). */
    IM_ERR_GROUP_COMMAND = 10003,
    IM_ERR_GROUP_PARAM = 10004,
    IM_ERR_GROUP_TOO_MANY_ACCOUNTS = 10005,
    IM_ERR_GROUP_RATE = 10006,
    IM_ERR_GROUP_RIGHT = 10007,
    IM_ERR_GROUP_OWNER_QUITS = 10009,
    IM_ERR_GROUP_NOT_FOUND = 10010,
    IM_ERR_GROUP_JSON = 10011,
    IM_ERR_GROUP_MEMBER_ALREADY = 10013,
    IM_ERR_GROUP_FULL = 10014,
    IM_ERR_GROUP_ID = 10015,
    IM_ERR_GROUP_MUTED = 10017,
    IM_ERR_GROUP_ANSWER_TOO_LONG = 10018,
    IM_ERR_GROUP_ACCOUNT = 10019,
    IM_ERR_GROUP_MESSAGE_TOO_LONG = 10020,
    IM_ERR_GROUP_ID_TAKEN = 10021,
    IM_ERR_GROUP_HANDLED = 10024,
    IM_ERR_GROUP_ID_OWN = 10025,
    IM_ERR_GROUP_NO_MESSAGE = 10030,
    IM_ERR_GROUP_RECALL_WINDOW = 10031,
    IM_ERR_GROUP_RECALL_KIND = 10032,
    IM_ERR_GROUP_RECALL_TYPE = 10033,
    IM_ERR_GROUP_DELETE_KIND = 10034,
    IM_ERR_GROUP_DELETE_TYPE = 10035,
    IM_ERR_GROUP_ROOMS = 10036,
    IM_ERR_GROUP_JOINED_MAX = 10037,
    IM_ERR_GROUP_MEMBERS_PLAN = 10038,
    IM_ERR_GROUP_ATTRIBUTE_KEY = 10045,
    IM_ERR_GROUP_ATTRIBUTE_VALUE = 10046,
    IM_ERR_GROUP_ATTRIBUTE_COUNT = 10047,
    IM_ERR_GROUP_ATTRIBUTE_TOTAL = 10048,
    IM_ERR_GROUP_ATTRIBUTE_RATE = 10049,
    IM_ERR_GROUP_AT_TOO_MANY = 10053,
    IM_ERR_GROUP_ATTRIBUTE_CONFLICT = 10056,
    IM_ERR_GROUP_TRIAL = 10058,
    IM_ERR_GROUP_PLAN = 10059,
    IM_ERR_GROUP_COUNTERS = 10063,
    IM_ERR_GROUP_BODY_TOO_LONG = 80002,

    /* Messages (server-api §12.4). */
    IM_ERR_MSG_PACKET = 20001,
    IM_ERR_MSG_ACCOUNT = 20003,
    IM_ERR_MSG_INTERNAL = 20005,
    IM_ERR_MSG_MUTED = 20012,
    IM_ERR_MSG_WITHDRAW_WINDOW = 20016,
    IM_ERR_MSG_NOT_FOUND = 20022,
    IM_ERR_MSG_WITHDRAWN = 20023,
    IM_ERR_MSG_EDIT_CONFLICT = 20027,

    /* Profile (server-api §12.3). */
    IM_ERR_PROFILE_PARAM = 40001,
    IM_ERR_PROFILE_NO_ACCOUNT = 40002,
    IM_ERR_PROFILE_ACCOUNT_MISSING = 40003,
    IM_ERR_PROFILE_ADMIN = 40004,
    IM_ERR_PROFILE_WRITE = 40008,
    IM_ERR_PROFILE_TAG = 40009,
    IM_ERR_PROFILE_TOO_LONG = 40601,
    IM_ERR_PROFILE_VALUE = 40605,
    IM_ERR_PROFILE_TYPE = 40610,

    /* Recent contacts (server-api §12.3). */
    IM_ERR_RECENT_ACCOUNT = 50001,
    IM_ERR_RECENT_PARAM = 50002,
    IM_ERR_RECENT_ADMIN = 50003,

    /* Gateway (server-api §1.6). */
    IM_ERR_HTTP = 60002,
    IM_ERR_JSON = 60003,
    IM_ERR_SIGNATURE = 60004,
    IM_ERR_APP_INVALID = 60006,
    IM_ERR_CALL_RATE = 60007,
    IM_ERR_TIMEOUT = 60008,
    IM_ERR_UNKNOWN_COMMAND = 60009,
    IM_ERR_ADMIN_REQUIRED = 60010,
    IM_ERR_APP_CALL_RATE = 60011,
    IM_ERR_APP_MISSING = 60012,
    IM_ERR_OVERLOADED = 60018,

    /* UserSig and accounts (server-api §1.7). */
    IM_ERR_SIG_EXPIRED = 70001,
    IM_ERR_SIG_EMPTY = 70002,
    IM_ERR_SIG_MALFORMED = 70003,
    IM_ERR_SIG_WRONG = 70009,
    IM_ERR_SIG_IDENTIFIER = 70013,
    IM_ERR_SIG_APP = 70014,
    IM_ERR_SIG_V1 = 70016,
    IM_ERR_APP_NOT_FOUND = 70020,
    IM_ERR_SIG_LOCKED = 70050,
    IM_ERR_SIG_KICKED = 70052,
    IM_ERR_ACCOUNT_MISSING = 70107,
    IM_ERR_ACCOUNT_BATCH = 70206,
    IM_ERR_ACCOUNT_COUNT = 70398,
    IM_ERR_ACCOUNT_PARAM = 70402,
    IM_ERR_ACCOUNT_ADMIN = 70403,
    IM_ERR_ACCOUNT_INTERNAL = 70500,

    /* REST messages (server-api §12.4). */
    IM_ERR_OPENIM_JSON = 90001,
    IM_ERR_OPENIM_BODY = 90002,
    IM_ERR_OPENIM_TO = 90003,
    IM_ERR_OPENIM_SEQ = 90004,
    IM_ERR_OPENIM_RANDOM = 90005,
    IM_ERR_OPENIM_TIME = 90006,
    IM_ERR_OPENIM_BODY_ARRAY = 90007,
    IM_ERR_OPENIM_FROM = 90008,
    IM_ERR_OPENIM_ADMIN = 90009,
    IM_ERR_OPENIM_ELEMENT = 90010,
    IM_ERR_OPENIM_TOO_MANY = 90011,
    IM_ERR_OPENIM_TO_MISSING = 90012,
    IM_ERR_OPENIM_LIFETIME = 90026,
    IM_ERR_OPENIM_OLD_SYSTEM = 90030,
    IM_ERR_OPENIM_SYNC = 90031,
    IM_ERR_OPENIM_PUSH_INFO = 90043,
    IM_ERR_OPENIM_LIFETIME_TYPE = 90044,
    IM_ERR_OPENIM_FROM_MISSING = 90048,
    IM_ERR_OPENIM_KEY = 90054,
    IM_ERR_OPENIM_INTERNAL = 90992,
    IM_ERR_TERMINALS = 91101,
    IM_ERR_MSG_TOO_LONG = 93000,

    /* openconfigsvr (server-api §3.9). */
    IM_ERR_CONFIG_JSON = 130001,
    IM_ERR_CONFIG_FIELD = 130009,
};

/* The code that a client hears: the value itself, or for the server's own the nearest public one.
 */
int err_public(enum im_err err);

/* One sentence in English, without a full stop. Static memory. */
const char *err_text(enum im_err err);

#endif
