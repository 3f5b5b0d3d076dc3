/*
 * What must hold of an app's groups, kept as plainly as can be: events in the order in which the
 * shard decided them, each with the number of the journal record that must carry it, and what
 * they add up to. After a crash the events behind the last record found are forgotten, the rest
 * is added up again, and the shard's rows must say exactly the same.
 *
 * Written from the rules, not from the code under test, and shares nothing with it but the
 * layouts of rows. What time takes away (expiry) does not happen here: worlds end before it.
 */
#ifndef TESTS_SUPPORT_SIM_GROUP_MODEL_H
#define TESTS_SUPPORT_SIM_GROUP_MODEL_H

#include "core/group/rows.h"
#include "support/sim_world.h"

#define GM_ACCOUNTS 24 /* 0 is the administrator, who is in no group */
#define GM_SLOTS 6     /* GroupIds; the last one is for rooms */
#define GM_ROOM_SLOT (GM_SLOTS - 1)
#define GM_DAYS 16
#define GM_ATTRIBUTES 4 /* keys "k0" to "k3" */
#define GM_NOBODY 255   /* as an account: the system */

enum gm_kind {
    GM_CREATED,   /* a: owner or GM_NOBODY; type, slot, flags, option: JoinOption,
                     invite_option; time: CreateTime; number: Name */
    GM_JOINED,    /* a, role, read, visible, time: JoinTime, option: MsgFlag, imported */
    GM_LEFT,      /* a */
    GM_MESSAGE,   /* a: sender or GM_NOBODY; number: its text; random, time, flags, priority,
                     down, imported, stored, counted */
    GM_ROLE,      /* a, role */
    GM_CARD,      /* a, number */
    GM_OPTION,    /* a, option */
    GM_OWNER,     /* a: the new one or GM_NOBODY */
    GM_MUTED,     /* a, time: until; 0: lifted */
    GM_NAME,      /* number */
    GM_MUTED_ALL, /* option: 1 on */
    GM_READ,      /* a, read */
    GM_WITHDRAWN, /* seq */
    GM_DELETED,   /* seq */
    GM_EDITED,    /* seq, number */
    GM_PENDENCY,  /* a: applicant, b: inviter or GM_NOBODY, option: kind */
    GM_HANDLED,   /* a: applicant, b: who decided, option: kind, role: 1 agreed, 2 refused */
    GM_NOTICE,    /* a, option: enum notice_kind */
    GM_ATTRIBUTE, /* seq: which key; number: value, 0: it goes; option 1: all go */
    GM_COUNTER,   /* number: its value; option 1: it goes */
    GM_DISSOLVED,
};

struct gm_event {
    uint64_t position;
    uint64_t now_us;
    uint32_t group; /* from 0 in the order of creation; its number is one more */
    uint32_t seq, random, time, number, down, read, visible;
    uint16_t flags;
    uint8_t kind; /* enum gm_kind */
    uint8_t a, b, slot, type, role, option, invite_option, priority;
    bool imported, stored, counted;
};

struct gm_message {
    size_t event; /* whose record holds it: of its sending, newest edit or recall */
    uint8_t from;
    uint8_t priority;
    uint16_t flags, version;
    bool stored, imported;
    uint32_t time, random, accepted_s, text;
};

struct gm_member {
    bool in;
    uint8_t role, option;
    uint32_t join_s, last_send_s, card, read, visible;
};

struct gm_pendency {
    bool exists;
    uint8_t handled, inviter, by;
    uint64_t time_us;
};

struct gm_group {
    uint8_t slot, type, owner, join_option, invite_option;
    uint16_t flags;
    bool dissolved;
    uint32_t created_s, last_s, last_info_s, recall_s, info_seq, name, listed_seq, sent_day;
    uint32_t members_at_end; /* bits 1 << account, when it was dissolved */
    struct gm_member members[GM_ACCOUNTS];
    uint32_t muted_until[GM_ACCOUNTS];
    struct {
        uint32_t seq, value; /* seq 0: none */
    } attributes[GM_ATTRIBUTES];
    uint32_t attribute_seq, counter_seq, counter;
    bool has_counter;
    struct gm_pendency pendencies[GM_ACCOUNTS][2]; /* applications, invitations */
    struct gm_message *messages;                   /* of seq i + 1 */
    uint32_t last_seq, message_room;
};

struct gm_notice {
    size_t event;
    uint8_t account, kind;
};

struct gm_day {
    uint32_t day; /* 0: free */
    uint32_t sender_set;
    struct day_groups_row row; /* without senders */
};

struct gm_model {
    struct sim_world *world;
    struct app_id app;
    uint32_t accounts[GM_ACCOUNTS]; /* their numbers */
    struct gm_event *events;
    size_t event_count, event_room;

    /* What the events add up to. */
    struct gm_group *groups;
    uint32_t group_count, group_room;
    struct gm_notice *notices;
    size_t notice_count, notice_room;
    struct gm_day days[GM_DAYS];
    uint64_t total;

    /* Of all checks, to say what was looked at. */
    uint64_t sweeping_seen, swept_seen, rows_seen, messages_seen;
};

/* The accounts are there; nothing else of groups. */
void gm_init(struct gm_model *model, struct sim_world *world, struct app_id app);
void gm_release(struct gm_model *model);

/* "administrator", "u1", ... and "g0", ... */
const char *gm_name(unsigned account);
const char *gm_group_id(unsigned slot);

void gm_add(struct gm_model *model, const struct gm_event *event);
/* Nothing behind this record has happened. */
void gm_forget_after(struct gm_model *model, uint64_t position);

/* The group that has this GroupId now; NULL: none. */
struct gm_group *gm_find(struct gm_model *model, unsigned slot);
uint32_t gm_index(const struct gm_model *model, const struct gm_group *group);
/* NULL: never given out. */
struct gm_message *gm_message(struct gm_group *group, uint32_t seq);
uint8_t gm_role(const struct gm_group *group, unsigned account);
uint32_t gm_member_count(const struct gm_group *group);
bool gm_is_room(const struct gm_group *group);
/* Newer than the read mark, visible, of others, not gone. */
uint32_t gm_unread(const struct gm_group *group, unsigned account);

/*
 * Every row of groups says what the model says, and none is there that should not be. `swept`:
 * dissolved groups must have left nothing; else their sweeps may be under way. No checkpoint may
 * be under way, and no command.
 */
void gm_check_rows(struct gm_model *model, bool swept);
/* What the server says of a group that the world's chance picks: its newest messages with their
   texts, and what a member has not read. */
void gm_check_answers(struct gm_model *model);

#endif
