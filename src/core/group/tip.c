/*
 * Stored form, little-endian: version, kind, mask, MemberNum, join option, ShutUpAllMember, count
 * of members; then texts, each behind its length: operator's name, nick, face; name, face,
 * introduction, notification, owner, fields of the change; of each member name, nick, face, and
 * its remaining seconds.
 */
#include "core/group/tip.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "base/check.h"
#include "core/account/account.h"
#include "core/account/profile.h"
#include "core/group/page.h"
#include "core/group/room.h"

#define TIP_VERSION 1
#define TIP_FIXED_BYTES 16
#define TIP_MAX_BYTES (64u << 10)

/* ---- stored form ---- */

static void put_text(struct buf *buf, struct span text)
{
    char bytes[2];

    CHECK(text.n <= UINT16_MAX);
    put_le16(bytes, (uint16_t)text.n);
    buf_add(buf, bytes, sizeof(bytes));
    buf_add_span(buf, text);
}

struct span tip_encode(struct arena *arena, const struct group_tip *tip)
{
    char fixed[TIP_FIXED_BYTES] = {TIP_VERSION, (char)tip->kind, (char)tip->join_option,
                                   (char)tip->muted_all};
    const struct span texts[] = {tip->operator_name, tip->operator_nick, tip->operator_face,
                                 tip->name,          tip->face,          tip->introduction,
                                 tip->notification,  tip->owner,         tip->fields};
    struct buf buf;
    struct span bytes;

    CHECK(tip->member_count <= TIP_MAX_MEMBERS);
    put_le32(fixed + 4, tip->changed);
    put_le32(fixed + 8, tip->member_num);
    put_le32(fixed + 12, tip->member_count);
    buf_init(&buf, TIP_MAX_BYTES);
    buf_add(&buf, fixed, sizeof(fixed));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        put_text(&buf, texts[i]);
    for (uint32_t i = 0; i < tip->member_count; i++) {
        const struct tip_member *member = &tip->members[i];
        char seconds[4];

        put_text(&buf, member->name);
        put_text(&buf, member->nick);
        put_text(&buf, member->face);
        put_le32(seconds, member->mute_s);
        buf_add(&buf, seconds, sizeof(seconds));
    }
    CHECK(!buf.overflow);
    bytes = arena_copy(arena, buf_span(&buf));
    buf_release(&buf);
    return bytes;
}

static bool take(struct span *from, size_t n, struct span *ret)
{
    if (from->n < n)
        return false;
    *ret = span_make(from->p, n);
    *from = span_make(from->p + n, from->n - n);
    return true;
}

static bool take_text(struct span *from, struct span *ret)
{
    struct span length;

    return take(from, 2, &length) && take(from, get_le16(length.p), ret);
}

void tip_field_put(struct buf *into, struct span key, struct span value)
{
    put_text(into, key);
    put_text(into, value);
}

bool tip_field_next(struct span *fields, struct span *ret_key, struct span *ret_value)
{
    return take_text(fields, ret_key) && take_text(fields, ret_value);
}

static bool take_member(struct span *from, struct tip_member *ret)
{
    struct span seconds;

    if (!take_text(from, &ret->name) || !take_text(from, &ret->nick) ||
        !take_text(from, &ret->face) || !take(from, 4, &seconds))
        return false;
    ret->mute_s = get_le32(seconds.p);
    return true;
}

bool tip_decode(struct arena *arena, struct span bytes, struct group_tip *ret)
{
    struct group_tip tip = {.kind = 0};
    struct span *const texts[] = {&tip.operator_name, &tip.operator_nick, &tip.operator_face,
                                  &tip.name,          &tip.face,          &tip.introduction,
                                  &tip.notification,  &tip.owner,         &tip.fields};
    struct span fixed;

    if (!take(&bytes, TIP_FIXED_BYTES, &fixed) || fixed.p[0] != TIP_VERSION)
        return false;
    tip.kind = (uint8_t)fixed.p[1];
    tip.join_option = (uint8_t)fixed.p[2];
    tip.muted_all = (uint8_t)fixed.p[3];
    tip.changed = get_le32(fixed.p + 4);
    tip.member_num = get_le32(fixed.p + 8);
    tip.member_count = get_le32(fixed.p + 12);
    if (tip.kind < TIP_JOINED || tip.kind > TIP_MEMBER_MUTED || tip.member_count > TIP_MAX_MEMBERS)
        return false;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!take_text(&bytes, texts[i]))
            return false;
    }
    tip.members = ARENA_ARRAY(arena, struct tip_member, tip.member_count + 1);
    for (uint32_t i = 0; i < tip.member_count; i++) {
        if (!take_member(&bytes, &tip.members[i]))
            return false;
    }
    *ret = tip;
    return bytes.n == 0;
}

/* ---- which, and how ---- */

enum tip_style { TIP_NONE, TIP_WEAK, TIP_STRONG };

/* server-api §5.1 "Member-change notice", §5.4. */
static enum tip_style style_of(const struct group *group, enum tip_kind kind)
{
    bool of_members = kind == TIP_JOINED || kind == TIP_QUIT || kind == TIP_KICKED;

    switch (group->info.type) {
    case GROUP_PRIVATE:
        return group->info.flags & GROUP_ACTIVE ? TIP_STRONG : TIP_NONE;
    case GROUP_PUBLIC:
    case GROUP_COMMUNITY:
        return TIP_STRONG;
    case GROUP_CHAT_ROOM:
        return of_members ? TIP_NONE : TIP_STRONG;
    case GROUP_AV_CHAT_ROOM:
        return TIP_WEAK;
    default:
        return TIP_NONE;
    }
}

bool tip_wanted(const struct group *group, enum tip_kind kind)
{
    return style_of(group, kind) != TIP_NONE;
}

void tip_need(struct shard *shard, struct request *req, const struct group *group,
              enum tip_kind kind)
{
    enum tip_style style = style_of(group, kind);
    struct audience audience;

    if (style != TIP_STRONG)
        return;
    group_page_need(shard, group);
    group_audience(shard, req, group, (struct account_no){0}, &audience);
}

/* ---- sending ---- */

static struct push_group_message *make_push(struct shard *shard, struct request *req,
                                            const struct group *group, struct span bytes)
{
    struct push_group_message *push = ARENA_NEW(&req->arena, struct push_group_message);

    *push = (struct push_group_message){.group = {.id = arena_copy(&req->arena, group->id),
                                                  .name = arena_copy(&req->arena, group->name),
                                                  .type = group->info.type},
                                        .time = shard_now_s(shard),
                                        .flags = GROUP_MESSAGE_TIP,
                                        .priority = PRIORITY_NORMAL,
                                        .body = bytes};
    shard_random(shard, &push->random, sizeof(push->random));
    push->random &= INT32_MAX;
    return push;
}

static void send_strong(struct shard *shard, struct request *req, const struct group *group,
                        struct push_group_message *push, const struct audience *audience)
{
    struct fact_group_message fact = {.time = push->time,
                                      .random = push->random,
                                      .accepted_s = push->time,
                                      .flags = GROUP_MESSAGE_TIP,
                                      .priority = PRIORITY_NORMAL,
                                      .stored = 1};
    struct audience members;

    push->seq = group_message_emit(shard, group, fact, push->body, (struct span){0},
                                   (struct span){0}, (struct span){0});
    if (!audience) {
        CHECK(group_audience(shard, req, group, (struct account_no){0}, &members) == STATE_HIT);
        audience = &members;
    }
    if (audience->count)
        push_to_many(shard, req, audience->sessions, audience->count, PUSH_GROUP_MESSAGE, push,
                     false);
}

void tip_send(struct shard *shard, struct request *req, const struct group *group,
              const struct group_tip *tip, const struct audience *audience)
{
    enum tip_style style = style_of(group, (enum tip_kind)tip->kind);
    struct push_group_message *push;

    if (style == TIP_NONE)
        return;
    push = make_push(shard, req, group, tip_encode(&req->arena, tip));
    if (style == TIP_STRONG) {
        send_strong(shard, req, group, push, audience);
        return;
    }
    push->weak = true;
    if (audience)
        push_to_many(shard, req, audience->sessions, audience->count, PUSH_GROUP_MESSAGE, push,
                     true);
    else
        room_message(shard, req, group, push);
}

enum state_found tip_member_find(struct shard *shard, struct request *req, struct account_no no,
                                 struct tip_member *ret)
{
    const struct account_row *row;
    enum state_found found = account_row_find(shard, req->app, no, &row);
    enum state_found face = profile_face(shard, req->app, no, &ret->nick, &ret->face);

    if (found != STATE_HIT)
        return found;
    if (face == STATE_UNKNOWN)
        return face;
    ret->name = arena_copy(&req->arena, account_name(row));
    ret->nick = arena_copy(&req->arena, ret->nick);
    ret->face = arena_copy(&req->arena, ret->face);
    ret->mute_s = 0;
    return STATE_HIT;
}
