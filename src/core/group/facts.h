/* Facts of groups; conventions as in core/facts.h. At most one fact of a record carries a message
   body: a reader of bodies takes the first that it finds. */
#ifndef CORE_GROUP_FACTS_H
#define CORE_GROUP_FACTS_H

#include "core/facts.h"
#include "core/group/rows.h"

/* Members in one record. */
#define MEMBERS_A_RECORD 16u

/* A new group, without members: those join by FACT_MEMBERS_JOINED, the owner first. */
struct fact_group_created {
    uint32_t app;
    uint32_t group;
    uint32_t owner; /* 0: none */
    uint32_t max_members;
    uint32_t created_s; /* CreateTime */
    uint16_t flags;     /* enum group_flag */
    uint8_t type;
    uint8_t join_option;
    uint8_t invite_option;
    uint8_t id_bytes, name_bytes, face_bytes;
    uint16_t introduction_bytes, notification_bytes;
    /* id, name, face, introduction, notification */
};

enum group_change {
    CHANGE_NAME = 1 << 0,
    CHANGE_FACE = 1 << 1,
    CHANGE_INTRODUCTION = 1 << 2,
    CHANGE_NOTIFICATION = 1 << 3,
    CHANGE_JOIN_OPTION = 1 << 4,
    CHANGE_INVITE_OPTION = 1 << 5,
    CHANGE_MAX_MEMBERS = 1 << 6,
    CHANGE_MUTED_ALL = 1 << 7,
    CHANGE_FIELDS = 1 << 8, /* custom fields follow as FACT_GROUP_FIELD: info_seq rises once */
};

struct fact_group_changed {
    uint32_t app;
    uint32_t group;
    uint32_t mask; /* enum group_change: what else counts */
    uint32_t max_members;
    uint8_t join_option;
    uint8_t invite_option;
    uint8_t muted_all;
    uint8_t name_bytes, face_bytes;
    uint8_t zero;
    uint16_t introduction_bytes, notification_bytes;
    uint16_t zero2;
    /* name, face, introduction, notification: those in the mask */
};

/* From here on nobody finds the group; what is left of it is swept by FACT_GROUP_SWEPT. */
struct fact_group_dissolved {
    uint32_t app;
    uint32_t group;
    uint32_t by_owner; /* 0: an administrator did it; absent: likewise */
};

/* Rows of a dissolved group taken away: members with what they had joined; last: all done. */
struct fact_group_swept {
    uint32_t app;
    uint32_t group;
    uint32_t count;
    uint32_t last;
    /* count x uint32_t account */
};

struct joining {
    uint32_t account;
    uint32_t join_s;
    uint32_t read_seq;
    uint32_t visible_seq;
    uint8_t role;
    uint8_t option; /* enum message_option */
    uint16_t field_bytes;
    /* The fields of each follow behind the last of these, in order. */
};

struct fact_members_joined {
    uint32_t app;
    uint32_t group;
    uint32_t count;   /* up to MEMBERS_A_RECORD */
    uint8_t imported; /* no join is counted */
    uint8_t zero[3];
    /* count x struct joining, fields */
};

struct fact_members_left {
    uint32_t app;
    uint32_t group;
    uint32_t count; /* up to MEMBERS_A_RECORD; each counts as a quit */
    uint8_t kicked; /* else they quit */
    uint8_t zero[3];
    /* count x uint32_t account */
};

enum member_change {
    MEMBER_ROLE = 1 << 0,
    MEMBER_CARD = 1 << 1,
    MEMBER_FIELDS = 1 << 2, /* all of them, replacing the old */
    MEMBER_OPTION = 1 << 3,
};

struct fact_member_changed {
    uint32_t app;
    uint32_t group;
    uint32_t account;
    uint8_t mask; /* enum member_change */
    uint8_t role;
    uint8_t option;
    uint8_t card_bytes;
    uint32_t field_bytes;
    /* card, fields (as in struct member_row) */
};

/* The old owner, if any and still a member, becomes a member; the new one is a member already.
   to 0: the owner left. */
struct fact_group_owner {
    uint32_t app;
    uint32_t group;
    uint32_t from;
    uint32_t to;
};

/* A row of ROW_GROUP_FIELD. */
struct fact_group_field {
    uint32_t app;
    uint32_t group;
    uint8_t scope;  /* enum group_field_scope */
    uint8_t remove; /* the row goes */
    uint16_t key_bytes;
    uint32_t value_bytes;
    /* key, value */
};

struct fact_group_message {
    uint32_t app;
    uint32_t group;
    uint32_t seq;  /* last_seq + 1 */
    uint32_t from; /* 0: the system */
    uint32_t time;
    uint32_t random;
    uint32_t client_time; /* MsgClientTime, 0: none */
    uint32_t accepted_s;  /* as struct group_entry */
    uint32_t down;        /* accounts online to which it goes */
    uint16_t flags;       /* enum group_message_flag */
    uint8_t priority;
    uint8_t counted;  /* in the usage: not tips, not imports */
    uint8_t imported; /* resets what members have not read: FACT_GROUP_READ is not needed */
    uint8_t activates;
    uint8_t stored; /* 0: a room's or an online-only message; then seq is 0 or a room's */
    uint8_t zero;
    uint32_t body_bytes;  /* MsgBody, a JSON array; of a tip: see core/group/tip.h */
    uint32_t cloud_bytes; /* CloudCustomData, a JSON string */
    uint32_t push_bytes;  /* OfflinePushInfo, a JSON object */
    uint32_t at_bytes;    /* GroupAtInfo, a JSON array */
    /* body, cloud, push, at */
};

/* Messages over the limit of their group, since they were last counted. */
struct fact_group_refused {
    uint32_t app;
    uint32_t zero;
    uint64_t count;
};

struct fact_group_edited {
    uint32_t app;
    uint32_t group;
    uint32_t seq;
    uint32_t version;  /* after the edit */
    uint64_t original; /* record of the message as it was sent: at, client time */
    uint64_t body_at;  /* 0: the body follows; else the record that holds it */
    uint64_t cloud_at; /* 0: the cloud data follow, if any; else the record that holds them */
    uint32_t body_bytes;
    uint32_t cloud_bytes;
    /* body, cloud */
};

struct fact_group_withdrawn {
    uint32_t app;
    uint32_t group;
    uint32_t seq;
    uint32_t by; /* account; 0: an administrator without one */
    uint16_t name_bytes, reason_bytes;
    uint32_t zero;
    /* name of who recalled it, reason */
};

/* Holes for everyone. */
struct fact_group_deleted {
    uint32_t app;
    uint32_t group;
    uint32_t count;
    uint32_t zero;
    /* count x uint32_t seq */
};

struct fact_group_read {
    uint32_t app;
    uint32_t group;
    uint32_t account;
    uint32_t read_seq; /* may go back: set_unread_msg_num */
};

/* Deleted for one member only. */
struct fact_group_hidden {
    uint32_t app;
    uint32_t group;
    uint32_t account;
    uint32_t count;
    /* count x uint32_t seq */
};

/* What the conversation is to one member: every field is set. */
struct fact_group_recent {
    uint32_t app;
    uint32_t group;
    uint32_t account;
    uint32_t visible_seq;
    uint32_t unlisted_seq;
    uint32_t pinned_s; /* 0: not pinned */
};

struct fact_member_muted {
    uint32_t app;
    uint32_t group;
    uint32_t until_s; /* 0: lifted */
    uint32_t count;   /* up to MEMBERS_A_RECORD */
    /* count x uint32_t account */
};

struct fact_member_banned {
    uint32_t app;
    uint32_t group;
    uint32_t until_s; /* 0: lifted */
    uint16_t description_bytes;
    uint16_t count; /* up to MEMBERS_A_RECORD */
    /* count x uint32_t account, description */
};

/* Into the account's box of system notices; notices beyond the newest 100 go. */
struct fact_notice {
    uint32_t app;
    uint32_t account;
    uint32_t payload_bytes; /* core/group/notice.h */
    uint32_t zero;
    /* payload */
};

/* Notices that the account wants no more. */
struct fact_notices_deleted {
    uint32_t app;
    uint32_t account;
    uint32_t count;
    uint32_t zero;
    /* count x uint64_t number of the notice */
};

/* An application or invitation; one of the same applicant and kind is replaced. */
struct fact_pendency {
    uint32_t app;
    uint32_t group;
    uint32_t applicant; /* who would join */
    uint32_t inviter;   /* 0: nobody */
    uint64_t time_us;
    uint8_t kind; /* enum pendency_kind */
    uint8_t authentication_bytes;
    uint16_t words_bytes, user_bytes;
    uint16_t zero;
    /* authentication, words, user field */
};

/* Decided; if agreed to, FACT_MEMBERS_JOINED is in the same record. */
struct fact_pendency_handled {
    uint32_t app;
    uint32_t group;
    uint32_t applicant;
    uint32_t by;     /* account; 0: an administrator without one */
    uint8_t kind;    /* enum pendency_kind */
    uint8_t handled; /* enum pendency_handled */
    uint16_t zero;
    uint32_t zero2;
};

struct fact_room_joined {
    uint32_t app;
    uint32_t group;
    uint32_t account;  /* 0: guests, only counted */
    uint32_t instance; /* of guests: how many */
    uint32_t marks;    /* of this place; joining again changes only them */
    uint32_t zero;
};

struct fact_room_left {
    uint32_t app;
    uint32_t group; /* 0: all rooms */
    uint32_t account;
    uint32_t instance; /* 0: all of the account's */
};

/* Values of ROW_GROUP_FIELD were written: the numbers by which clients notice. */
struct fact_group_values {
    uint32_t app;
    uint32_t group;
    uint32_t attribute_seq; /* AttrMainSeq */
    uint32_t counter_seq;
};

struct fact_receipt {
    uint32_t app;
    uint32_t group;
    uint32_t account;
    uint32_t count;
    /* count x uint32_t seq */
};

struct fact_app_field {
    uint32_t app;
    uint8_t level; /* enum field_level */
    uint8_t read;  /* enum field_access */
    uint8_t write;
    uint8_t key_bytes;
    /* key */
};

#endif
