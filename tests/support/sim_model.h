/*
 * What must hold of one app, kept as plainly as can be: a list of events in the order in which
 * the shard decided them, each with the number of the journal record that must carry it, and what
 * they add up to. After a crash the events behind the last record found are forgotten, the rest
 * is added up again, and the shard's rows must say exactly the same.
 *
 * Written from the rules, not from the code under test, and shares nothing with it but the
 * layouts of rows.
 */
#ifndef TESTS_SUPPORT_SIM_MODEL_H
#define TESTS_SUPPORT_SIM_MODEL_H

#include "core/facts.h"
#include "support/sim_world.h"

#define MODEL_ACCOUNTS 7 /* 0 is the administrator */
#define MODEL_DAYS 16
#define MODEL_MONTHS 4
#define MODEL_COMMANDS 128

enum model_kind {
    MODEL_ACCOUNT_MADE, /* a; number: 1 if by a login */
    MODEL_CALL,         /* number: of the command */
    MODEL_LOGIN,        /* a; number: instance; platform */
    MODEL_LOGOUT,       /* a; number: instance */
    MODEL_KICK,         /* a */
    MODEL_ACTIVE,       /* a */
    MODEL_MESSAGE,      /* a to b; key; number: what its text says; platform: 1 if by REST */
    MODEL_WITHDRAWN,    /* a to b; key */
    MODEL_READ,         /* a has read what b sent; number: up to this second */
    MODEL_UNLISTED,     /* a deleted the conversation with b */
    MODEL_NICK,         /* a; number: what it says */
    MODEL_LIMIT,        /* platform: enum limit; number: value */
    MODEL_REFUSED,      /* number: of calls, as gateways report them */
    MODEL_APP,          /* number: the SDKAppID of one more app */
};

struct model_event {
    uint64_t position;
    uint64_t now_us;
    uint64_t number;
    struct message_key key;
    uint8_t kind; /* enum model_kind */
    uint8_t a, b;
    uint8_t platform;
};

struct model_message {
    uint8_t from, to;
    bool withdrawn, by_rest;
    uint32_t accepted_s;
    uint64_t text;
    struct message_key key;
};

struct model_account {
    uint32_t no; /* 0: does not exist */
    bool logged_in;
    uint32_t generation;
    uint64_t kicked_us;
    uint64_t nick; /* 0: none */
    struct terminal terminals[ACCOUNT_MAX_TERMINALS];
    uint32_t terminal_count;
};

struct model_contact {
    bool exists, unlisted;
    uint32_t read_s, incoming_s;
    struct message_key last;
};

struct model_day {
    uint32_t day; /* 0: free */
    uint64_t logins, registered, c2c, calls, refused;
    uint32_t login_set, active_set, sender_set; /* bits 1 << account */
    uint32_t accounts_total;
    uint64_t calls_of[MODEL_COMMANDS];
};

struct model_month {
    uint32_t month; /* 0: free */
    uint32_t peak_dau;
    uint64_t limits[LIMIT_COUNT];
};

struct model {
    struct sim_world *world;
    struct app_id app;
    struct model_event *events;
    size_t event_count, event_room;

    /* What the events add up to. */
    struct model_account accounts[MODEL_ACCOUNTS];
    uint32_t account_count;
    struct model_message *messages;
    size_t message_count, message_room;
    struct model_contact contacts[MODEL_ACCOUNTS][MODEL_ACCOUNTS]; /* [of][peer] */
    uint64_t limits[LIMIT_COUNT], first_limits[LIMIT_COUNT];
    uint64_t created_us;
    struct model_day days[MODEL_DAYS];
    struct model_month months[MODEL_MONTHS];
    uint64_t logins;
    uint32_t last_app;
};

/* The app as it was made, with its administrator. */
void model_init(struct model *model, struct sim_world *world, struct app_id app);
void model_release(struct model *model);

/* "administrator", "u1", ... */
const char *model_name(unsigned account);

void model_add(struct model *model, const struct model_event *event);
/* Nothing behind this record has happened. */
void model_forget_after(struct model *model, uint64_t position);

struct model_message *model_message(struct model *model, unsigned from, unsigned to,
                                    struct message_key key);
/* The message that a resend accepted now is a copy of; NULL: none. Without sequence number only
   messages by REST are looked for. */
const struct model_message *model_resent(const struct model *model, unsigned from, unsigned to,
                                         bool with_seq, uint32_t seq, uint32_t random,
                                         uint32_t oldest_s);
bool model_terminal_lives(const struct model *model, unsigned account, uint32_t instance,
                          uint32_t generation);

/* Every row of the app, and every history with its texts, says what the model says. No command
   may be under way. */
void model_check(struct model *model);

#endif
