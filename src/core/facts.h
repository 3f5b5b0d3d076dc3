/*
 * Facts: what was decided. All facts of one command are one journal record. A fact is applied by
 * the one function for its kind, live and in recovery alike; nothing else changes state.
 * Layout (docs/formats.md, "Facts"): each fact is a struct fact_head, its payload, zero padding
 * to 8 bytes. Payloads start with the struct named after the kind and may end in bytes whose
 * lengths the struct holds. Little-endian, no implicit padding; a changed layout gets a new kind
 * number and the old one stays readable.
 */
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include <stdint.h>

#include "base/ids.h"
#include "core/rows.h"

enum fact_kind {
    FACT_BOOT = 1,
    FACT_APP_CREATED = 2,
    FACT_PLAN_STORED = 3,
    FACT_LIMIT_SET = 4,
    FACT_CALL = 5,
    FACT_ACCOUNT_CREATED = 6,
    FACT_PROFILE_SET = 7,
    FACT_LOGGED_IN = 8,
    FACT_LOGGED_OUT = 9,
    FACT_KICKED = 10,
    FACT_ONLINE_PEAK = 11,
    FACT_TERMINALS_USED = 12,
    FACT_MESSAGE = 13,
    FACT_WITHDRAWN = 14,
    FACT_READ = 15,
    FACT_CONTACT_CHANGED = 16,
    FACT_OFFLINE_TAKEN = 17,
    FACT_ACTIVE = 18,
    FACT_CALLS_REFUSED = 19,
    FACT_MESSAGES_HIDDEN = 20,
    /* Groups: core/group/facts.h. */
    FACT_GROUP_CREATED = 21,
    FACT_GROUP_CHANGED = 22,
    FACT_GROUP_DISSOLVED = 23,
    FACT_GROUP_SWEPT = 24,
    FACT_MEMBERS_JOINED = 25,
    FACT_MEMBERS_LEFT = 26,
    FACT_MEMBER_CHANGED = 27,
    FACT_GROUP_OWNER = 28,
    FACT_GROUP_FIELD = 29,
    FACT_GROUP_MESSAGE = 30,
    FACT_GROUP_EDITED = 31,
    FACT_GROUP_WITHDRAWN = 32,
    FACT_GROUP_DELETED = 33,
    FACT_GROUP_READ = 34,
    FACT_GROUP_HIDDEN = 35,
    FACT_GROUP_RECENT = 36,
    FACT_MEMBER_MUTED = 37,
    FACT_MEMBER_BANNED = 38,
    FACT_NOTICE = 39,
    FACT_PENDENCY = 40,
    FACT_PENDENCY_HANDLED = 41,
    FACT_RECEIPT = 42,
    FACT_ROOM_JOINED = 43,
    FACT_ROOM_LEFT = 44,
    FACT_APP_FIELD = 45,
    FACT_GROUP_VALUES = 46,
    FACT_NOTICES_DELETED = 47,
    FACT_GROUP_REFUSED = 48,
    /* Selling: core/quota/facts.h, core/admin, core/ticket, core/billing, core/warning. */
    FACT_ENTITLEMENT_SET = 49,
    FACT_CUSTOMER = 50,
    FACT_TOKEN = 51,
    FACT_AUDIT = 52,
    FACT_IDEMPOTENT = 53,
    FACT_APP_CUSTOMER = 54,
    FACT_TICKET_OPENED = 55,
    FACT_TICKET_MESSAGE = 56,
    FACT_TICKET_DECIDED = 57,
    FACT_POLICY = 58,
    FACT_MONTH_CLOSED = 59,
    FACT_BILL_STATE = 60,
    FACT_BILL_NOTE = 61,
    FACT_CLOSE_STATE = 62,
    FACT_CONTRACT = 63,
    FACT_WARNING = 64,
    FACT_WARNING_SETTING = 65,
    FACT_DELIVERED = 66,
    FACT_KIND_END
};

struct fact_head {
    uint16_t kind;
    uint16_t zero;
    uint32_t payload_bytes; /* without the padding */
};

struct fact_boot {
    uint64_t boot;
    uint8_t server_key[32]; /* drawn at the first start, repeated by every later one */
};

/* A new app; every limit starts at the plan's value. */
struct fact_app_created {
    uint32_t app;
    uint16_t name_bytes;
    uint16_t zero;
    uint8_t key[APP_KEY_BYTES];
    char plan_id[32];
    uint64_t limits[LIMIT_COUNT];
    char admin[32];
    /* name */
};

/* The bytes of a plan file as imported; the same id with other bytes is refused before. */
struct fact_plan_stored {
    char plan_id[32];
    uint8_t sha256[32];
    uint32_t plan_bytes;
    uint32_t zero;
    /* plan */
};

struct fact_limit_set {
    uint32_t app;
    uint8_t limit; /* enum limit */
    uint8_t source;
    uint16_t reason_bytes;
    uint64_t before;
    uint64_t value;
    /* reason */
};

/* An accepted REST call, in the record of what it caused. */
struct fact_call {
    uint32_t app;
    uint16_t command; /* its number in the command table */
    uint16_t zero;
};

struct fact_account_created {
    uint32_t app;
    uint32_t account;
    uint8_t name_bytes;
    uint8_t by_login;
    uint16_t zero0;
    uint32_t zero1;
    /* name */
};

struct fact_profile_set {
    uint32_t app;
    uint32_t account;
    uint16_t tag; /* enum profile_tag */
    uint16_t value_bytes;
    uint32_t zero;
    /* value; uint32 values as 4 bytes */
};

struct fact_logged_in {
    uint32_t app;
    uint32_t account;
    uint32_t instance;
    uint8_t platform;
    uint8_t replaced_count; /* terminals that this login pushed out, kicked before it counts */
    uint16_t zero;
    /* replaced_count x uint32_t instance */
};

struct fact_logged_out {
    uint32_t app;
    uint32_t account;
    uint32_t instance;
    uint32_t zero;
};

/* REST kick: all terminals, every a2 and every UserSig made up to now. */
struct fact_kicked {
    uint32_t app;
    uint32_t account;
};

struct fact_online_peak {
    uint32_t app;
    uint32_t zero;
    uint64_t online; /* accounts online at this moment, a new maximum of the day */
};

struct fact_terminals_used {
    uint32_t app;
    uint32_t account;
};

struct fact_message {
    uint32_t app;
    uint32_t from;
    uint32_t to;
    struct message_key key;
    uint32_t lifetime_s;
    uint32_t client_time; /* MsgClientTime of the request, 0 if none */
    uint16_t flags;       /* enum message_flag; direction is filled in by apply's caller */
    uint16_t down;        /* terminals of the receiver online at acceptance, for C2CDownMsgNum */
    uint32_t accepted_s;
    uint64_t body_at;     /* 0: the body follows; else the number of the record that holds it */
    uint32_t body_bytes;  /* MsgBody, a JSON array */
    uint32_t cloud_bytes; /* CloudCustomData, a JSON string with its quotes; 0: none */
    uint32_t push_bytes;  /* OfflinePushInfo, a JSON object; 0: none */
    uint32_t zero;
    /* body, cloud, push */
};

struct fact_withdrawn {
    uint32_t app;
    uint32_t from;
    uint32_t to;
    struct message_key key;
    uint32_t by; /* the account that withdrew it; 0: an administrator without account */
    uint32_t zero;
};

/* Messages from peer to account with time <= read_s are read. */
struct fact_read {
    uint32_t app;
    uint32_t account;
    uint32_t peer;
    uint32_t read_s;
};

struct fact_contact_changed {
    uint32_t app;
    uint32_t account;
    uint32_t peer;
    uint32_t flags; /* enum contact_flag after the change */
    uint32_t pinned_s;
    struct message_key cleared; /* all zero: not changed */
};

/* Offline messages up to this position were taken by a getmsg cookie or a push ack. */
struct fact_offline_taken {
    uint32_t app;
    uint32_t account;
    uint64_t position;
};

/* An interaction of a logged-in account, the first of the day that is no login or message. */
struct fact_active {
    uint32_t app;
    uint32_t account;
};

struct fact_calls_refused {
    uint32_t app;
    uint32_t zero;
    uint64_t count;
};

/* Deleted for one side only. */
struct fact_messages_hidden {
    uint32_t app;
    uint32_t account;
    uint32_t peer;
    uint32_t count;
    /* count x struct message_key */
};

#endif
