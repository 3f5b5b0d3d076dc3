#include "command/group_item_info.h"

#include "command/group_fields.h"
#include "core/group/member.h"

/* Of a group without a bound: clients keep the number in 32 bits with a sign. */
#define NO_MAX_SHOWN ((uint32_t)INT32_MAX)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- filters ---- */

struct filter_name {
    const char *name;
    uint32_t bit;
};

static const struct filter_name base_names[] = {
    {"Type", BASE_TYPE},
    {"Name", BASE_NAME},
    {"Introduction", BASE_INTRODUCTION},
    {"Notification", BASE_NOTIFICATION},
    {"FaceUrl", BASE_FACE},
    {"Owner_Account", BASE_OWNER},
    {"CreateTime", BASE_CREATE_TIME},
    {"InfoSeq", BASE_INFO_SEQ},
    {"LastInfoTime", BASE_LAST_INFO_TIME},
    {"LastMsgTime", BASE_LAST_MESSAGE_TIME},
    {"NextMsgSeq", BASE_NEXT_SEQ},
    {"MemberNum", BASE_MEMBERS},
    {"MaxMemberNum", BASE_MAX_MEMBERS},
    {"ApplyJoinOption", BASE_JOIN_OPTION},
    {"InviteJoinOption", BASE_INVITE_OPTION},
    {"ShutUpAllMember", BASE_MUTED_ALL},
    {"MuteAllMember", BASE_MUTED_ALL},
    {"LastRecallTime", BASE_RECALL_TIME},
    {"AppDefinedData", BASE_FIELDS},
};

static const struct filter_name self_names[] = {
    {"Role", SELF_ROLE},         {"JoinTime", SELF_JOIN_TIME},          {"MsgFlag", SELF_OPTION},
    {"MsgSeq", SELF_READ_SEQ},   {"UnreadMsgNum", SELF_UNREAD},         {"NameCard", SELF_CARD},
    {"ShutUpUntil", SELF_MUTED}, {"AppMemberDefinedData", SELF_FIELDS},
};

/* Names that mean nothing here are passed over: each SDK has some of its own. */
static bool filter_read(struct request *req, struct json list, const struct filter_name *names,
                        size_t count, uint32_t *ret_bits)
{
    struct json_iter it = json_iter(list);
    struct json item;
    struct span key, name;

    if (list.type == JSON_NONE || list.type == JSON_NULL)
        return true;
    if (list.type != JSON_ARRAY)
        return false;
    while (json_next(&it, &key, &item)) {
        if (!json_to_string(item, &req->arena, &name))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (span_is(name, names[i].name))
                *ret_bits |= names[i].bit;
        }
    }
    return true;
}

bool group_base_filter_read(struct request *req, struct json list, uint32_t *ret_base)
{
    return filter_read(req, list, base_names, COUNT_OF(base_names), ret_base);
}

bool group_self_filter_read(struct request *req, struct json list, uint32_t *ret_self)
{
    return filter_read(req, list, self_names, COUNT_OF(self_names), ret_self);
}

/* ---- encoding ---- */

static void put_text(struct buf *into, const char *member, struct span text)
{
    buf_add_span(into, span_of(member));
    json_put_string(into, text);
}

static void put_number(struct buf *into, const char *member, uint64_t number)
{
    buf_add_span(into, span_of(member));
    buf_add_u64(into, number);
}

static void put_name(struct buf *into, const char *member, const char *name)
{
    buf_add_span(into, span_of(member));
    buf_printf(into, "\"%s\"", name);
}

static void put_texts(struct buf *into, const struct joined_item *item, uint32_t base)
{
    if (base & BASE_TYPE)
        put_name(into, ",\"Type\":", group_type_name(item->info.type));
    if (base & BASE_NAME)
        put_text(into, ",\"Name\":", item->name);
    if (base & BASE_INTRODUCTION)
        put_text(into, ",\"Introduction\":", item->introduction);
    if (base & BASE_NOTIFICATION)
        put_text(into, ",\"Notification\":", item->notification);
    if (base & BASE_FACE)
        put_text(into, ",\"FaceUrl\":", item->face);
    if (base & BASE_OWNER)
        put_text(into, ",\"Owner_Account\":", item->owner);
    if (base & BASE_JOIN_OPTION)
        put_name(into, ",\"ApplyJoinOption\":", group_join_option_name(item->info.join_option));
    if (base & BASE_INVITE_OPTION)
        put_name(into, ",\"InviteJoinOption\":", group_join_option_name(item->info.invite_option));
}

static void put_numbers(struct buf *into, const struct joined_item *item, uint32_t base)
{
    const struct {
        uint32_t bit;
        const char *member;
        uint32_t value;
    } numbers[] = {
        {BASE_CREATE_TIME, ",\"CreateTime\":", item->info.created_s},
        {BASE_INFO_SEQ, ",\"InfoSeq\":", item->info.info_seq},
        {BASE_LAST_INFO_TIME, ",\"LastInfoTime\":", item->info.last_info_s},
        {BASE_LAST_MESSAGE_TIME, ",\"LastMsgTime\":", item->head.last_s},
        {BASE_NEXT_SEQ, ",\"NextMsgSeq\":", item->head.last_seq + 1},
        {BASE_MEMBERS, ",\"MemberNum\":", item->head.members},
        {BASE_MAX_MEMBERS,
         ",\"MaxMemberNum\":", item->max_members < NO_MAX_SHOWN ? item->max_members : NO_MAX_SHOWN},
        {BASE_RECALL_TIME, ",\"LastRecallTime\":", item->head.recall_s},
    };

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (base & numbers[i].bit)
            put_number(into, numbers[i].member, numbers[i].value);
    }
    /* The list is read by one name, the information of one group by the other (§5). */
    if (base & BASE_MUTED_ALL) {
        const char *muted = item->info.flags & GROUP_MUTED_ALL ? "On" : "Off";

        put_name(into, ",\"ShutUpAllMember\":", muted);
        put_name(into, ",\"MuteAllMember\":", muted);
    }
}

static void put_fields(struct buf *into, const struct joined_item *item)
{
    BUF_LIT(into, ",\"AppDefinedData\":[");
    for (uint32_t i = 0; i < item->field_count; i++)
        group_field_put(into, item->fields[i].key, item->fields[i].value, i == 0);
    BUF_LIT(into, "]");
}

/* The first member of an object has no comma before it. */
static const char *member_of(const struct buf *into, const char *member)
{
    return into->n && into->p[into->n - 1] == '{' ? member + 1 : member;
}

static void put_member_fields(struct buf *into, struct span fields)
{
    struct span key, value;

    BUF_LIT(into, "[");
    for (bool first = true; member_field_next(&fields, &key, &value); first = false)
        group_field_put(into, key, value, first);
    BUF_LIT(into, "]");
}

void group_item_put_self(struct buf *into, const struct joined_item *item, uint32_t self)
{
    BUF_LIT(into, ",\"SelfInfo\":{");
    if (self & SELF_ROLE)
        put_name(into, member_of(into, ",\"Role\":"), group_role_name(item->joined.role));
    if (self & SELF_JOIN_TIME)
        put_number(into, member_of(into, ",\"JoinTime\":"), item->joined.join_s);
    if (self & SELF_OPTION)
        put_name(into, member_of(into, ",\"MsgFlag\":"), group_option_name(item->joined.option));
    if (self & SELF_READ_SEQ)
        put_number(into, member_of(into, ",\"MsgSeq\":"),
                   joined_read_seq(&item->joined, &item->head));
    if (self & SELF_UNREAD)
        put_number(into, member_of(into, ",\"UnreadMsgNum\":"), item->unread);
    if (self & SELF_CARD)
        put_text(into, member_of(into, ",\"NameCard\":"), item->card);
    if (self & SELF_MUTED)
        put_number(into, member_of(into, ",\"ShutUpUntil\":"), item->muted_until_s);
    if (self & SELF_FIELDS) {
        buf_add_span(into, span_of(member_of(into, ",\"AppMemberDefinedData\":")));
        put_member_fields(into, item->member_fields);
    }
    BUF_LIT(into, "}");
}

void group_item_put_base(struct buf *into, const struct joined_item *item, uint32_t base)
{
    put_texts(into, item, base);
    put_numbers(into, item, base);
    if (base & BASE_FIELDS)
        put_fields(into, item);
}
