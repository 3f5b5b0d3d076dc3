/*
 * Every row of the state: table numbers, keys and value layouts (docs/formats.md, "State").
 * Keys: the table byte, then big-endian integers and raw bytes, so that key order is the order
 * of the fields. Values: the structs below, little-endian, no implicit padding, version by table
 * number (a changed layout gets a new table number). No row is larger than STATE_MAX_VALUE;
 * whatever grows is a row an element.
 *
 * Key builders write into a caller's struct row_key and return a span of it.
 */
#ifndef CORE_ROWS_H
#define CORE_ROWS_H

#include "base/bytes.h"
#include "base/ids.h"
#include "base/span.h"
#include "core/limits.h"

enum row_table {
    ROW_POSITION = 0,     /* reserved by the store itself */
    ROW_META = 1,         /* one row: struct meta_row */
    ROW_APP = 2,          /* app: struct app_row */
    ROW_NAME = 3,         /* app, account name: struct name_row */
    ROW_ACCOUNT = 4,      /* app, account: struct account_row */
    ROW_PROFILE = 5,      /* app, account | tag: value bytes; collection of an account */
    ROW_CONVERSATION = 6, /* app, lower account, higher account: struct conversation_row */
    ROW_PAGE = 7,         /* app, lower, higher, time, seq, random: struct page_row */
    ROW_CONTACT = 8,      /* app, account | peer: struct contact_row; collection of an account */
    ROW_DAY = 9,          /* app, day: struct day_row */
    ROW_DAY_CALLS = 10,   /* app, day | command number: struct count_row; collection of a day */
    ROW_DAY_SET = 11,     /* app, day, set kind | chunk: set chunk bytes; collection of a set */
    ROW_MONTH = 12,       /* app, month: struct month_row */
    ROW_PLAN = 13,        /* plan id (32 bytes, zero padded) | part: bytes of the plan file */
    ROW_APP_LIST = 14,    /* no further key | app: empty; collection of all apps */
    ROW_CONTACTS = 15,    /* app, account: struct contacts_row */
    /* Groups: layouts and keys in core/group/rows.h. */
    ROW_APP_GROUPS = 16,   /* app: struct app_groups_row */
    ROW_GROUP_ID = 17,     /* app, GroupId text: struct group_id_row */
    ROW_GROUP = 18,        /* app, group: struct group_row, texts */
    ROW_GROUP_HEAD = 19,   /* app, group: struct group_head_row */
    ROW_MEMBER = 20,       /* app, group | account: struct member_row; collection of a group */
    ROW_JOINED = 21,       /* app, account | group: struct joined_row; collection of an account */
    ROW_GROUP_FIELD = 22,  /* app, group, scope | key text: value; collection of group and scope */
    ROW_GROUP_PAGE = 23,   /* app, group, page: struct group_page_row */
    ROW_MUTED = 24,        /* app, group | account: struct muted_row; collection of a group */
    ROW_BANNED = 25,       /* app, group | account: struct banned_row; collection of a group */
    ROW_PENDENCY = 26,     /* app, group | applicant, kind: struct pendency_row; of a group */
    ROW_NOTICE = 27,       /* app, account | notice: struct notice_row; collection of an account */
    ROW_GROUP_HIDDEN = 28, /* app, group, account | page: struct hidden_row */
    ROW_RECEIPT = 29,      /* app, group, seq | account: struct receipt_row */
    ROW_DAY_GROUPS = 30,   /* app, day: struct day_groups_row */
    ROW_APP_FIELD = 31,    /* app | level, key text: struct app_field_row; collection of an app */
    ROW_ROOMS = 32,        /* app, account: struct rooms_row */
    ROW_GROUP_LIST = 33,   /* app, group number / GROUP_LIST_CHUNK: a byte (type or 0) a group */
    ROW_GROUP_EDIT = 34,   /* app, group, seq: struct group_edit_row */
    /* Selling: layouts and keys in core/quota, core/admin, core/ticket, core/billing, core/warning.
     */
    ROW_APP_GRANTS = 35,     /* app: struct app_grants_row */
    ROW_GRANT = 36,          /* app | entitlement; collection of an app */
    ROW_GRANT_CHANGE = 37,   /* app, month | record, entitlement; collection of app and month */
    ROW_CUSTOMER = 38,       /* customer */
    ROW_CUSTOMER_LIST = 39,  /* no further key | customer; collection of all */
    ROW_TOKEN = 40,          /* customer | token; collection of a customer */
    ROW_AUDIT = 41,          /* hour | record; collection of an hour */
    ROW_IDEMPOTENT = 42,     /* day | token, key; collection of a day */
    ROW_TICKET = 43,         /* app | ticket; collection of an app */
    ROW_TICKET_MESSAGE = 44, /* app, ticket | number; collection of a ticket */
    ROW_POLICY = 45,         /* no further key | number; collection of all */
    ROW_TICKET_OPEN = 46,    /* no further key | app, ticket; collection of what waits */
    ROW_BILL = 47,           /* app | month; collection of an app */
    ROW_BILL_DOCUMENT = 48,  /* app, month | number; collection of a bill */
    ROW_CLOSE = 49,          /* one row */
    ROW_CONTRACT = 50,       /* app | number; collection of an app */
    ROW_WARNING = 51,        /* app, month | number; collection of app and month */
    ROW_WARNED = 52,         /* app, month */
    ROW_OUTBOX = 53,         /* no further key | app, month, number; collection of all */
    ROW_HOOK = 54,           /* no further key | app; collection of all */
};

/* Length of the collection prefix of a table's keys, 0 if none; for struct state_config. */
uint8_t row_collection_prefix(uint8_t table);

struct row_key {
    uint8_t bytes[64];
};

struct span row_key_meta(struct row_key *key);
struct span row_key_app(struct row_key *key, struct app_id app);
struct span row_key_app_grants(struct row_key *key, struct app_id app);
struct span row_key_name(struct row_key *key, struct app_id app, struct span name);
struct span row_key_account(struct row_key *key, struct app_id app, struct account_no no);
struct span row_key_profile(struct row_key *key, struct app_id app, struct account_no no,
                            uint16_t tag); /* tag: enum profile_tag */
struct span row_prefix_profile(struct row_key *key, struct app_id app, struct account_no no);
struct span row_key_contact(struct row_key *key, struct app_id app, struct account_no no,
                            struct account_no peer);
struct span row_prefix_contact(struct row_key *key, struct app_id app, struct account_no no);
struct span row_key_contacts(struct row_key *key, struct app_id app, struct account_no no);
struct span row_key_day(struct row_key *key, struct app_id app, uint32_t day);
struct span row_key_day_calls(struct row_key *key, struct app_id app, uint32_t day,
                              uint16_t command);
struct span row_prefix_day_calls(struct row_key *key, struct app_id app, uint32_t day);
struct span row_key_day_set(struct row_key *key, struct app_id app, uint32_t day, uint8_t kind,
                            uint32_t chunk);
struct span row_prefix_day_set(struct row_key *key, struct app_id app, uint32_t day, uint8_t kind);
struct span row_key_month(struct row_key *key, struct app_id app, uint32_t month);
struct span row_key_plan(struct row_key *key, struct span plan_id, uint16_t part);
struct span row_prefix_plan(struct row_key *key, struct span plan_id);
struct span row_key_app_list(struct row_key *key, struct app_id app);
struct span row_prefix_app_list(struct row_key *key);

struct meta_row {
    uint64_t boot;          /* raised by every start */
    uint64_t last_time_us;  /* of the last start */
    uint32_t last_app;      /* the highest SDKAppID given out */
    uint32_t next_instance; /* the next InstId of a login, never 0 */
    uint8_t server_key[32]; /* secret under which a2 values are made */
};

/* What an app may do: the value in force of each limit and service of the price table. */
struct limit_value {
    uint64_t value;
    uint64_t since_us;
    uint8_t source; /* enum limit_source */
    /* Roaming: the months of before that are still kept, though not shown (roaming_kept); else 0.
     */
    uint8_t kept;
    uint8_t zero[2];
    uint32_t document; /* the ticket or contract that gave it; 0: none */
};

#define APP_NAME_MAX 64
#define APP_KEY_BYTES 64
#define APP_MAX_ADMINS 5

struct app_row {
    uint64_t created_us;
    uint32_t last_account; /* the highest account number given out */
    uint32_t accounts;     /* registered in all */
    uint16_t name_bytes;
    uint8_t admin_count;
    uint8_t has_grants;         /* there are rows of ROW_GRANT */
    uint32_t customer;          /* whose app it is; 0: the operator's */
    uint8_t key[APP_KEY_BYTES]; /* the UserSig secret: ASCII hex, used as raw bytes */
    char name[APP_NAME_MAX];
    char plan_id[32];
    struct limit_value limits[LIMIT_COUNT];
    char admins[APP_MAX_ADMINS][32]; /* account names, zero padded */
};

/* Numbers given out in one app for what it buys; a row where there is any. */
struct app_grants_row {
    uint32_t tickets;
    uint32_t contracts;
    uint32_t warnings;
    uint32_t open_tickets; /* now */
    uint32_t reserved[12];
};

struct name_row {
    uint32_t account;
};

/* A place of an account's terminals: one login that has not been kicked or logged out. */
struct terminal {
    uint32_t instance; /* 0: free */
    uint8_t platform;  /* enum platform */
    uint8_t zero[3];
    uint64_t login_us;
};
#define ACCOUNT_MAX_TERMINALS 16

struct account_row {
    uint64_t created_us;
    uint64_t kicked_us;  /* UserSigs made at or before this second are dead; 0: never kicked */
    uint32_t generation; /* of logins: raised by REST kick, so that every older a2 dies */
    uint8_t name_bytes;
    uint8_t logged_in_once; /* registered by login or has logged in since */
    uint8_t in_rooms;       /* there is a ROW_ROOMS */
    uint8_t zero;
    uint64_t offline_acked; /* journal position up to which offline messages were taken */
    char name[32];
    struct terminal terminals[ACCOUNT_MAX_TERMINALS];
};

/* Order of messages in a conversation (server-api §3.5.4), and a message's name: MsgKey. */
struct message_key {
    uint32_t time; /* seconds */
    uint32_t seq;
    uint32_t random;
};

enum message_flag {
    MESSAGE_FROM_HIGHER = 1 << 0, /* sent by the account with the higher number */
    MESSAGE_WITHDRAWN = 1 << 1,
    MESSAGE_HIDDEN_LOWER = 1 << 2, /* deleted for the lower account */
    MESSAGE_HIDDEN_HIGHER = 1 << 3,
    MESSAGE_RECEIVER_ONLY = 1 << 4, /* SyncOtherMachine 2: not in the sender's history */
    MESSAGE_NO_UNREAD = 1 << 5,
    MESSAGE_NO_LAST = 1 << 6, /* does not touch the recent contacts */
    MESSAGE_NEED_RECEIPT = 1 << 7,
    MESSAGE_EDITED = 1 << 8,
    MESSAGE_BY_REST = 1 << 9,
    MESSAGE_IMPORTED = 1 << 10, /* not counted as sent */
};

struct page_entry {
    uint64_t position; /* journal record that holds the body */
    struct message_key key;
    uint32_t accepted_s;  /* expiry counts from here */
    uint32_t lifetime_s;  /* of the offline copy, from accepted_s */
    uint16_t flags;       /* enum message_flag */
    int16_t client_lag_s; /* MsgClientTime - key.time; CLIENT_TIME_FAR: look in the body */
};

#define CLIENT_TIME_FAR INT16_MIN

#define PAGE_ENTRIES 32

/*
 * A leaf of a conversation's history index: entries in key order, all >= the page's own key and
 * < the next page's key. Pages are linked; a missing neighbour has expired (history/chain.h).
 */
struct page_row {
    struct message_key prev; /* key of the page before; all zero: none */
    struct message_key next;
    uint32_t newest_accepted_s;
    uint32_t count;
    struct page_entry entries[]; /* count of them */
};

struct conversation_row {
    struct message_key last_page; /* all zero: no page yet */
    uint32_t last_accepted_s;
    /* A page may outlive one behind it only by entries accepted up to this (history/chain.h). */
    uint32_t past_accepted_s;
    uint32_t zero;
};

enum contact_flag {
    CONTACT_DELETED = 1 << 0, /* not listed until the next message */
    CONTACT_PINNED = 1 << 1,
};

/* One side of a C2C conversation: what `account` sees of `peer`. */
struct contact_row {
    struct message_key last;    /* the last message of the recents; all zero: none */
    uint32_t last_incoming_s;   /* time of the newest message from peer that counts as unread */
    uint64_t last_position;     /* record of the newest message either way (for offline sync) */
    uint32_t last_accepted_s;   /* of `last`, for expiry */
    uint32_t read_s;            /* messages from peer with time <= this are read by account */
    struct message_key cleared; /* history up to this is hidden from account */
    uint32_t flags;             /* enum contact_flag */
    uint32_t pinned_s;
    uint32_t zero;
};

/* How many contact rows an account has, so that one too many is noticed without reading them. */
struct contacts_row {
    uint32_t count;
    uint32_t zero;
};

struct count_row {
    uint64_t count;
};

/* Usage of one app on one day. Field names: server-api §6.6. */
struct day_row {
    uint64_t logins;         /* LoginTimes */
    uint64_t login_users;    /* LoginUserNum: the DAU */
    uint64_t active_users;   /* ActiveUserNum */
    uint64_t registered;     /* RegistUserNumOneDay */
    uint64_t accounts_total; /* RegistUserNumTotal at the last change of the day */
    uint64_t c2c_up;         /* C2CUpMsgNum: accepted messages, each once */
    uint64_t c2c_down;       /* C2CDownMsgNum: receivers online at acceptance */
    uint64_t c2c_senders;    /* C2CSendMsgUserNum */
    uint64_t online_peak;    /* MaxOnlineNum */
    uint64_t calls;          /* accepted REST calls */
    uint64_t calls_refused;  /* counted by gateways, may be lost in a crash */
    uint64_t reserved[5];
};

/* What one month is billed by. Limits: the highest value in force at any moment of it. */
struct month_row {
    uint32_t peak_dau;
    uint32_t peak_day; /* day number of the peak, 0 if there was no login */
    uint64_t limits[LIMIT_COUNT];
    uint64_t largest_push;  /* targets */
    uint32_t most_pushes;   /* in a day */
    uint8_t terminals_used; /* 1: an account had two terminals online at once */
    uint8_t zero[3];
};

enum day_set {
    DAY_SET_LOGIN = 1,
    DAY_SET_C2C_SENDERS = 2,
    DAY_SET_ACTIVE = 3,
    DAY_SET_GROUP_SENDERS = 4,
};

struct span row_key_conversation(struct row_key *key, struct app_id app, struct account_no a,
                                 struct account_no b); /* in either order */
struct span row_key_page(struct row_key *key, struct app_id app, struct account_no a,
                         struct account_no b, struct message_key at);
struct span row_prefix_pages(struct row_key *key, struct app_id app, struct account_no a,
                             struct account_no b);

static inline int message_key_compare(struct message_key a, struct message_key b)
{
    if (a.time != b.time)
        return a.time < b.time ? -1 : 1;
    if (a.seq != b.seq)
        return a.seq < b.seq ? -1 : 1;
    return (a.random > b.random) - (a.random < b.random);
}

static inline int message_key_is_zero(struct message_key key)
{
    return !key.time && !key.seq && !key.random;
}

#endif
