/*
 * Rows of groups (docs/formats.md, "State"); conventions as in core/rows.h.
 *
 * What a member is to the group (role, card) is a row of the group; what the group is to the
 * member (read mark, options, place in the recents) is a row of the account. A message touches
 * the group's head, a page of its index and the sender's member row, whatever its size.
 */
#ifndef CORE_GROUP_ROWS_H
#define CORE_GROUP_ROWS_H

#include "core/rows.h"

enum group_type {
    GROUP_PRIVATE = 1, /* Work */
    GROUP_PUBLIC = 2,
    GROUP_CHAT_ROOM = 3, /* Meeting */
    GROUP_AV_CHAT_ROOM = 4,
    GROUP_B_CHAT_ROOM = 5,
    GROUP_COMMUNITY = 6,
    GROUP_TYPE_END
};

enum group_role {
    ROLE_NONE = 0, /* not a member */
    ROLE_MEMBER = 1,
    ROLE_ADMIN = 2,
    ROLE_OWNER = 3,
};

/* ApplyJoinOption and InviteJoinOption. */
enum join_option { JOIN_FREE = 1, JOIN_NEEDS_PERMISSION = 2, JOIN_DISABLED = 3 };

/* MsgFlag. */
enum message_option { OPTION_NOTIFY = 0, OPTION_DISCARD = 1, OPTION_NO_NOTIFY = 2 };

#define GROUP_ID_MAX 48
#define GROUP_NAME_MAX 30
#define GROUP_FACE_MAX 100
#define GROUP_INTRODUCTION_MAX 240
#define GROUP_NOTIFICATION_MAX 300
#define GROUP_CARD_MAX 50
#define GROUP_FIELDS_MAX 20       /* custom fields of groups, of an app */
#define MEMBER_FIELDS_MAX 5       /* custom fields of members, of an app */
#define FIELD_KEY_MAX 16          /* A-Z a-z 0-9 _ */
#define GROUP_FIELD_VALUE_MAX 512 /* any bytes */
#define MEMBER_FIELD_VALUE_MAX 64
#define GROUP_LIST_CHUNK 1024u
#define GROUP_LIST_SWEEPING 0x80 /* in the list: dissolved, its rows are being swept */

/* Groups of an app. */
struct app_groups_row {
    uint32_t last_group;                  /* the highest group number given out */
    uint32_t sweeping;                    /* dissolved groups whose rows are not all gone yet */
    uint64_t total;                       /* that exist */
    uint64_t of_type[GROUP_TYPE_END + 1]; /* by enum group_type */
};

struct group_id_row {
    uint32_t group;
};

enum group_flag {
    GROUP_DISSOLVED = 1 << 0,  /* gone for everyone; its rows are being swept */
    GROUP_ACTIVE = 1 << 1,     /* visible to its members: a Private one after its first message */
    GROUP_MUTED_ALL = 1 << 2,  /* ShutUpAllMember */
    GROUP_HAS_FIELDS = 1 << 3, /* has had custom fields */
    GROUP_IMPORTED = 1 << 4,
    GROUP_ENDED_BY_OWNER = 1 << 5, /* by whom the members are told it was dissolved */
};

struct group_row {
    uint64_t created_us;
    uint32_t created_s;   /* CreateTime: earlier than created_us if imported so */
    uint32_t owner;       /* account; 0: none */
    uint32_t max_members; /* MaxMemberNum as asked for; 0: none */
    uint32_t info_seq;    /* raised by each change of these and of custom fields */
    uint32_t last_info_s;
    uint16_t flags; /* enum group_flag */
    uint8_t type;
    uint8_t join_option;
    uint8_t invite_option;
    uint8_t id_bytes, name_bytes, face_bytes;
    uint16_t introduction_bytes, notification_bytes;
    uint32_t attribute_seq; /* AttrMainSeq: raised by each write of attributes */
    uint32_t counter_seq;
    /* id, name, face, introduction, notification */
};
#define GROUP_TEXTS_MAX                                                        \
    (GROUP_ID_MAX + GROUP_NAME_MAX + GROUP_FACE_MAX + GROUP_INTRODUCTION_MAX + \
     GROUP_NOTIFICATION_MAX)

enum group_message_flag {
    GROUP_MESSAGE_WITHDRAWN = 1 << 0, /* `position` is the record of the recall */
    GROUP_MESSAGE_DELETED = 1 << 1,   /* a hole for everyone: IsPlaceMsg 1 */
    GROUP_MESSAGE_TIP = 1 << 2,       /* its body is a struct group_tip, encoded */
    GROUP_MESSAGE_NO_UNREAD = 1 << 3,
    GROUP_MESSAGE_NO_LAST = 1 << 4,
    GROUP_MESSAGE_NEED_RECEIPT = 1 << 5,
    GROUP_MESSAGE_EDITED = 1 << 6, /* `position` is the record of the newest edit */
    GROUP_MESSAGE_BY_REST = 1 << 7,
};

/* MsgPriority, lower is more important. */
enum group_priority {
    PRIORITY_HIGH = 1,
    PRIORITY_NORMAL = 2,
    PRIORITY_LOW = 3,
    PRIORITY_LOWEST = 4
};

/* A message in the index of its group; its seq says where it lies. */
struct group_entry {
    uint64_t position; /* journal record that holds the body; 0: there is no message */
    uint32_t time;     /* MsgTimeStamp */
    uint32_t random;
    uint32_t from;        /* account; 0: the system */
    uint32_t accepted_s;  /* expiry counts from here; of an import from `time` */
    uint16_t flags;       /* enum group_message_flag */
    int16_t client_lag_s; /* as struct page_entry */
    uint16_t version;     /* MsgVersion: edits so far */
    uint8_t priority;
    uint8_t zero;
};

#define GROUP_PAGE_ENTRIES 32u

/* Entries of seq page * 32 + 1 .. page * 32 + 32. A missing page has expired. */
struct group_page_row {
    uint32_t newest_accepted_s;
    uint32_t count; /* entries, from the page's first seq */
    struct group_entry entries[];
};

struct group_head_row {
    uint32_t last_seq;   /* of the newest message; NextMsgSeq - 1 */
    uint32_t last_s;     /* LastMsgTime */
    uint32_t members;    /* MemberNum; of a room: those in it are counted in memory */
    uint32_t listed_seq; /* the newest that moves the conversation in the recents */
    uint32_t recall_s;   /* LastRecallTime */
    uint32_t sent_day;   /* of the newest message counted: GroupSendMsgGroupNum */
    uint32_t admins;
    uint32_t read_floor; /* an import made everything up to this read for all: joined_read_seq */
    struct group_entry last; /* of listed_seq, so that a list of conversations reads no page */
};

struct member_row {
    uint32_t join_s;
    uint32_t last_send_s;
    uint8_t role; /* enum group_role */
    uint8_t card_bytes;
    uint16_t field_bytes;
    uint32_t zero;
    char tail[]; /* card; fields: key length, value length, key, value each */
};

enum joined_flag {
    JOINED_PINNED = 1 << 0,
    JOINED_HAS_HIDDEN = 1 << 1, /* has deleted single messages for itself: ROW_GROUP_HIDDEN */
    JOINED_CLEARED = 1 << 2,    /* visible_seq is from clearing: it stays listed, though empty */
};

struct joined_row {
    uint32_t join_s;
    uint32_t read_seq;     /* MsgSeq: everything up to this is read */
    uint32_t visible_seq;  /* messages up to this are hidden: from before joining, or cleared */
    uint32_t unlisted_seq; /* conversation deleted: not in the recents until a newer message */
    uint32_t pinned_s;
    uint8_t option;      /* enum message_option */
    uint8_t role;        /* as in the member's row */
    uint8_t type;        /* of the group */
    uint8_t flags;       /* enum joined_flag */
    uint32_t floor_seen; /* head.read_floor when read_seq was last written */
    uint32_t zero;
};

/* What a member has read: its own mark, unless messages were imported after it was set. Whoever
   writes read_seq writes floor_seen with it. */
static inline uint32_t joined_read_seq(const struct joined_row *joined,
                                       const struct group_head_row *head)
{
    if (joined->floor_seen != head->read_floor && joined->read_seq < head->read_floor)
        return head->read_floor;
    return joined->read_seq;
}

struct muted_row {
    uint32_t until_s; /* UINT32_MAX: for ever */
};

struct banned_row {
    uint32_t until_s;
    uint16_t description_bytes;
    uint16_t zero;
    char description[];
};

/* Who may read or write a custom field, lowest role first. */
enum field_access {
    ACCESS_ANYONE = 0,
    ACCESS_MEMBER,
    ACCESS_ADMIN,
    ACCESS_OWNER,
    ACCESS_APP_ADMIN
};
enum field_level { FIELD_OF_GROUP = 1, FIELD_OF_MEMBER = 2 };

struct app_field_row {
    uint8_t read; /* enum field_access */
    uint8_t write;
    uint16_t zero;
};

/* Scopes of ROW_GROUP_FIELD. */
enum group_field_scope { SCOPE_CUSTOM = 1, SCOPE_ATTRIBUTE = 2, SCOPE_COUNTER = 3 };

/* Of SCOPE_ATTRIBUTE, by key. */
struct attribute_row {
    uint32_t seq; /* raised by each write of the key */
    /* value */
};
#define ATTRIBUTES_MAX 16u
#define ATTRIBUTE_KEY_MAX 32u
#define ATTRIBUTE_VALUE_MAX 4000u
#define ATTRIBUTES_BYTES_MAX 16000u /* keys and values of a group */

/* Of SCOPE_COUNTER one row without a name: keys are longer than a row's may be. Counter behind
   counter: length of the key (1 byte), key, value (8 bytes). */
#define COUNTERS_MAX 20u
#define COUNTER_KEY_MAX 128u
#define COUNTERS_BYTES_MAX (COUNTERS_MAX * (1u + COUNTER_KEY_MAX + 8u))

struct hidden_row {
    uint32_t bits;      /* 1 << (seq - 1) % GROUP_PAGE_ENTRIES */
    uint32_t changed_s; /* every message deleted here had been accepted by then */
};

/* Of a message that was edited: where its parts are. */
struct group_edit_row {
    uint64_t original; /* record of the message as it was sent */
    uint64_t body_at;  /* record with its MsgBody */
    uint64_t cloud_at; /* record with its CloudCustomData */
    uint32_t edited_s;
    uint32_t zero;
};

struct receipt_row {
    uint32_t read_s;
};

/* Usage of an app's groups on one day (server-api §6.6). */
struct day_groups_row {
    uint64_t up;        /* GroupUpMsgNum */
    uint64_t down;      /* GroupDownMsgNum: receivers online at acceptance */
    uint64_t senders;   /* GroupSendMsgUserNum */
    uint64_t both;      /* accounts that sent C2C and group messages on the day */
    uint64_t active;    /* GroupSendMsgGroupNum */
    uint64_t joins;     /* GroupJoinGroupTimes */
    uint64_t quits;     /* GroupQuitGroupTimes */
    uint64_t made;      /* GroupNewGroupNum */
    uint64_t dissolved; /* GroupDestroyGroupNum */
    uint64_t total;     /* GroupAllGroupNum at the last change of the day */
    uint64_t refused;   /* messages over the limit of a group */
    uint64_t peak;      /* most groups at any moment from the day's first change on */
    uint64_t reserved[4];
};

/* Rooms (AVChatRoom, BChatRoom) that an account's terminals are in. */
#define ROOMS_MAX 16
struct rooms_row {
    uint32_t count;
    uint32_t zero;
    struct room_place {
        uint32_t group;
        uint32_t instance;
        uint32_t join_s;
        uint32_t marks;
    } places[ROOMS_MAX];
};

struct span row_key_app_groups(struct row_key *key, struct app_id app);
struct span row_key_group_id(struct row_key *key, struct app_id app, struct span id);
struct span row_key_group(struct row_key *key, struct app_id app, struct group_no group);
struct span row_key_group_head(struct row_key *key, struct app_id app, struct group_no group);
struct span row_key_group_list(struct row_key *key, struct app_id app, struct group_no group);
struct span row_key_group_page(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq); /* of the page that holds seq */
struct span row_prefix_group_field(struct row_key *key, struct app_id app, struct group_no group,
                                   enum group_field_scope scope);
struct span row_key_group_field(struct row_key *key, struct app_id app, struct group_no group,
                                enum group_field_scope scope, struct span name); /* <= 48 bytes */

/* Collections of a group by account: `table` is ROW_MEMBER, ROW_MUTED or ROW_BANNED. */
struct span row_prefix_of_group(struct row_key *key, enum row_table table, struct app_id app,
                                struct group_no group);
struct span row_key_of_group(struct row_key *key, enum row_table table, struct app_id app,
                             struct group_no group, struct account_no account);

struct span row_prefix_joined(struct row_key *key, struct app_id app, struct account_no account);
struct span row_key_joined(struct row_key *key, struct app_id app, struct account_no account,
                           struct group_no group);
struct span row_prefix_pendency(struct row_key *key, struct app_id app, struct group_no group);
struct span row_key_pendency(struct row_key *key, struct app_id app, struct group_no group,
                             struct account_no applicant, uint8_t kind);
struct span row_prefix_notice(struct row_key *key, struct app_id app, struct account_no account);
struct span row_key_notice(struct row_key *key, struct app_id app, struct account_no account,
                           uint64_t notice);
struct span row_prefix_hidden(struct row_key *key, struct app_id app, struct group_no group,
                              struct account_no account);
struct span row_key_hidden(struct row_key *key, struct app_id app, struct group_no group,
                           struct account_no account, uint32_t seq);
struct span row_prefix_receipt(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq);
struct span row_key_receipt(struct row_key *key, struct app_id app, struct group_no group,
                            uint32_t seq, struct account_no account);
struct span row_key_group_edit(struct row_key *key, struct app_id app, struct group_no group,
                               uint32_t seq);
struct span row_key_day_groups(struct row_key *key, struct app_id app, uint32_t day);
struct span row_prefix_app_field(struct row_key *key, struct app_id app);
struct span row_key_app_field(struct row_key *key, struct app_id app, enum field_level level,
                              struct span name);
struct span row_key_rooms(struct row_key *key, struct app_id app, struct account_no account);

static inline uint32_t group_page_of(uint32_t seq)
{
    return (seq - 1) / GROUP_PAGE_ENTRIES;
}

#endif
