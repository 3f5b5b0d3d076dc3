#include "core/group/room.h"

#include "base/check.h"
#include "core/group/apply.h"
#include "core/group/notice.h"
#include "core/group/room_internal.h"
#include "core/group/tip.h"
#include "core/group/usage.h"
#include "core/session/session.h"
#include "core/shard_internal.h"

#define LARGE_ROOM 100u
#define TIPS_A_SECOND 3u /* in a large room */

/* ---- places: what outlives the boot ---- */

static enum state_found places_find(struct shard *shard, struct app_id app,
                                    struct account_no account, const struct rooms_row **ret)
{
    struct row_key key;
    const void *value;
    enum state_found found = row_find(shard, row_key_rooms(&key, app, account), &value, NULL);

    if (found == STATE_HIT)
        *ret = value;
    return found;
}

void room_need(struct shard *shard, struct app_id app, struct account_no account)
{
    const struct rooms_row *row;
    struct row_key key;
    const void *value;

    usage_group_need(shard, app, (struct account_no){0});
    row_find(shard, row_key_account(&key, app, account), &value, NULL);
    places_find(shard, app, account, &row);
}

/* Group 0: any; instance 0: any. */
static bool is_of(const struct room_place *place, uint32_t group, uint32_t instance)
{
    return (!group || place->group == group) && (!instance || place->instance == instance);
}

static bool has_place(const struct rooms_row *row, uint32_t group, uint32_t instance)
{
    for (uint32_t i = 0; i < row->count; i++) {
        if (is_of(&row->places[i], group, instance))
            return true;
    }
    return false;
}

static void mark_account(struct shard *shard, struct app_id app, struct account_no account,
                         bool in_rooms)
{
    struct row_key key;
    struct account_row *row =
        row_put(shard, row_key_account(&key, app, account), sizeof(struct account_row));

    row->in_rooms = in_rooms;
}

static void add_place(struct rooms_row *row, const struct fact_room_joined *fact, uint32_t now_s)
{
    struct room_place place = {
        .group = fact->group, .instance = fact->instance, .join_s = now_s, .marks = fact->marks};

    for (uint32_t i = 0; i < row->count; i++) {
        if (is_of(&row->places[i], fact->group, fact->instance)) {
            row->places[i].marks = fact->marks;
            return;
        }
    }
    /* The oldest goes: its terminal is nearly always gone, too. */
    if (row->count == ROOMS_MAX) {
        memmove(row->places, row->places + 1, (ROOMS_MAX - 1) * sizeof(row->places[0]));
        row->count--;
    }
    row->places[row->count++] = place;
}

void apply_room_joined(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_room_joined *fact = payload;
    struct app_id app = {fact->app};
    struct account_no account = {fact->account};
    struct row_key key;
    struct rooms_row *row;

    (void)n, (void)number;
    if (!fact->account) {
        usage_group_joined(shard, app, fact->instance);
        return;
    }
    row = row_put(shard, row_key_rooms(&key, app, account), sizeof(*row));
    if (!has_place(row, fact->group, 0))
        usage_group_joined(shard, app, 1);
    add_place(row, fact, shard_now_s(shard));
    mark_account(shard, app, account, true);
}

void apply_room_left(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_room_left *fact = payload;
    struct app_id app = {fact->app};
    struct account_no account = {fact->account};
    struct row_key key;
    struct span name = row_key_rooms(&key, app, account);
    struct rooms_row *row;
    uint32_t kept = 0;

    (void)n, (void)number;
    if (!row_get(shard, name, NULL))
        return;
    row = row_put(shard, name, sizeof(*row));
    for (uint32_t i = 0; i < row->count; i++) {
        if (!is_of(&row->places[i], fact->group, fact->instance))
            row->places[kept++] = row->places[i];
    }
    if (kept < row->count)
        usage_group_left(shard, app, 1);
    memset(row->places + kept, 0, (row->count - kept) * sizeof(row->places[0]));
    row->count = kept;
    if (!kept) {
        row_delete(shard, name);
        mark_account(shard, app, account, false);
    }
}

static void emit_joined(struct shard *shard, const struct group *group,
                        const struct session *session, uint32_t marks)
{
    struct fact_room_joined *fact = fact_emit(shard, FACT_ROOM_JOINED, sizeof(*fact));

    *fact = (struct fact_room_joined){.app = group->app.v,
                                      .group = group->no.v,
                                      .account = session->account.v,
                                      .instance = session->instance,
                                      .marks = marks};
}

void room_seat_mark(struct shard *shard, const struct group *group, struct session *session,
                    uint32_t marks)
{
    room_seat(session, group->no)->marks = marks;
    emit_joined(shard, group, session, marks);
}

static void emit_left(struct shard *shard, struct app_id app, uint32_t group,
                      struct account_no account, uint32_t instance)
{
    struct fact_room_left *fact = fact_emit(shard, FACT_ROOM_LEFT, sizeof(*fact));

    *fact = (struct fact_room_left){
        .app = app.v, .group = group, .account = account.v, .instance = instance};
}

/* ---- sessions ---- */

enum state_found room_session_need(struct shard *shard, struct app_id app,
                                   struct account_no account, const struct account_row *row,
                                   uint32_t instance)
{
    const struct rooms_row *rooms;
    enum state_found found;
    struct group group;

    if (!row->in_rooms)
        return STATE_HIT;
    room_need(shard, app, account);
    found = places_find(shard, app, account, &rooms);
    for (uint32_t i = 0; found == STATE_HIT && i < rooms->count; i++) {
        if (is_of(&rooms->places[i], 0, instance))
            group_get(shard, app, (struct group_no){rooms->places[i].group}, &group);
    }
    return shard_missing(shard) ? STATE_UNKNOWN : STATE_HIT;
}

void room_session_back(struct shard *shard, struct session *session)
{
    const struct rooms_row *row;

    if (places_find(shard, session->app, session->account, &row) != STATE_HIT)
        return;
    for (uint32_t i = 0; i < row->count; i++) {
        const struct room_place *place = &row->places[i];
        struct group group;

        if (place->instance == session->instance &&
            group_get(shard, session->app, (struct group_no){place->group}, &group) == IM_OK)
            room_seat_take(shard, room_get(shard, &group), session, place);
    }
}

void room_terminal_gone(struct shard *shard, struct app_id app, struct account_no account,
                        const struct account_row *row, uint32_t instance)
{
    const struct rooms_row *rooms;

    if (row->in_rooms && places_find(shard, app, account, &rooms) == STATE_HIT &&
        has_place(rooms, 0, instance))
        emit_left(shard, app, 0, account, instance);
}

/* ---- coming and going ---- */

static bool tip_allowed(struct shard *shard, struct room *room)
{
    if (room->here < LARGE_ROOM)
        return true;
    if (room->tip_s != shard_now_s(shard)) {
        room->tip_s = shard_now_s(shard);
        room->tips = 0;
    }
    return room->tips++ < TIPS_A_SECOND;
}

static void send_tip(struct shard *shard, struct request *req, const struct group *group,
                     struct room *room, enum tip_kind kind, struct tip_member *who)
{
    const struct group_tip tip = {.kind = (uint8_t)kind,
                                  .operator_name = who->name,
                                  .operator_nick = who->nick,
                                  .operator_face = who->face,
                                  .member_num = room_online(shard, group),
                                  .members = who,
                                  .member_count = 1};

    if (tip_wanted(group, kind) && tip_allowed(shard, room))
        tip_send(shard, req, group, &tip, NULL);
}

static bool is_banned(struct shard *shard, const struct group *group, struct account_no account)
{
    struct row_key key;
    const void *value;

    return row_find(shard, row_key_of_group(&key, ROW_BANNED, group->app, group->no, account),
                    &value, NULL) == STATE_HIT &&
           ((const struct banned_row *)value)->until_s > shard_now_s(shard);
}

enum im_err room_join(struct shard *shard, struct request *req, const struct group *group)
{
    struct room *room = room_find(shard, group->app, group->no);
    struct tip_member *who = ARENA_NEW(&req->arena, struct tip_member);
    const struct room_place place = {.join_s = shard_now_s(shard)};
    uint64_t most;
    bool banned, is_first;

    if (room_seat(req->session, group->no))
        return IM_OK;
    most = group_member_cap(shard, group);
    room_need(shard, group->app, req->account);
    banned = is_banned(shard, group, req->account);
    tip_need(shard, req, group, TIP_JOINED);
    tip_member_find(shard, req, req->account, who);
    if (shard_missing(shard))
        return IM_AGAIN;
    if (banned)
        return IM_ERR_GROUP_RIGHT;
    if (req->session->room_count == ROOMS_MAX)
        return IM_ERR_GROUP_JOINED_MAX;
    is_first = !room || !room_has_account(shard, room, req->account, NULL);
    if (is_first && (room ? room->accounts : 0) >= most)
        return group_full_error(shard, group);
    room = room_get(shard, group);
    emit_joined(shard, group, req->session, 0);
    room_seat_take(shard, room, req->session, &place);
    if (is_first)
        send_tip(shard, req, group, room, TIP_JOINED, who);
    return IM_OK;
}

enum im_err room_quit(struct shard *shard, struct request *req, const struct group *group)
{
    struct room *room = room_find(shard, group->app, group->no);
    struct tip_member *who = ARENA_NEW(&req->arena, struct tip_member);

    if (!room_seat(req->session, group->no))
        return IM_OK;
    room_need(shard, group->app, req->account);
    tip_need(shard, req, group, TIP_QUIT);
    tip_member_find(shard, req, req->account, who);
    if (shard_missing(shard))
        return IM_AGAIN;
    emit_left(shard, group->app, group->no.v, req->account, req->session->instance);
    room_seat_leave(shard, room, req->session);
    if (!room_has_account(shard, room, req->account, NULL))
        send_tip(shard, req, group, room, TIP_QUIT, who);
    room_tidy(shard, group->app, group->no);
    return IM_OK;
}

void room_put_out(struct shard *shard, struct request *req, const struct group *group,
                  struct account_no account, struct span reason)
{
    struct room *room = room_find(shard, group->app, group->no);
    struct notice notice = notice_of(shard, group, NOTICE_KICKED, req->identifier);
    const struct rooms_row *row;
    bool was_in = places_find(shard, group->app, account, &row) == STATE_HIT &&
                  has_place(row, group->no.v, 0);

    if (was_in)
        emit_left(shard, group->app, group->no.v, account, 0);
    if (!was_in && !(room && room_has_account(shard, room, account, NULL)))
        return;
    notice.remark = reason;
    notice_push(shard, req, account, &notice, NULL);
    for (struct session *s = session_first(shard, group->app, account); room && s;
         s = s->next_of_account)
        room_seat_leave(shard, room, s);
    if (room)
        room_polls_put_out(shard, room, account);
}

static struct push_group_notice *dissolved_notice(struct shard *shard, struct request *req,
                                                  const struct group *group)
{
    struct push_group_notice *push = ARENA_NEW(&req->arena, struct push_group_notice);
    struct notice *notice = ARENA_NEW(&req->arena, struct notice);

    *notice = notice_of(shard, group, NOTICE_DISSOLVED, req->identifier);
    notice->seq = (uint32_t)fact_record_number(shard);
    notice->group_id = arena_copy(&req->arena, group->id);
    notice->group_name = arena_copy(&req->arena, group->name);
    push->notice = notice;
    return push;
}

/* The rows of who was in it keep places in a room that is no more: they are passed over, and
   fall out when the account is in other rooms or logs in anew. */
void room_dissolved(struct shard *shard, struct request *req, const struct group *group)
{
    struct room *room = room_find(shard, group->app, group->no);
    const struct push_group_notice *push;

    if (!room)
        return;
    push = dissolved_notice(shard, req, group);
    room_compact(room);
    push_to_many(shard, req, room->sessions, room->count, PUSH_GROUP_NOTICE, push, false);
    for (uint32_t i = room->count; i-- > 0;)
        room_seat_leave(shard, room, room->sessions[i]);
    room_polls_end(shard, room, push);
    room_forget_all(shard, room);
    room_guests_leave(shard, room);
    room_remove(shard, room);
}

/* ---- who is there ---- */

enum state_found room_audience(struct shard *shard, struct request *req, const struct group *group,
                               struct account_no except, struct audience *ret)
{
    struct room *room = room_find(shard, group->app, group->no);

    (void)req;
    *ret = (struct audience){.sessions = NULL};
    if (!room)
        return STATE_HIT;
    room_compact(room);
    ret->sessions = room->sessions;
    ret->count = room->count;
    ret->accounts = room->accounts;
    if (except.v && room_has_account(shard, room, except, NULL))
        ret->accounts--;
    return STATE_HIT;
}

bool room_came_by_another(struct shard *shard, const struct room *room,
                          const struct session *session, uint32_t at)
{
    struct session *first = session_first(shard, room->app, session->account);

    if (!session->next_of_account && first == session)
        return false;
    for (struct session *s = first; s; s = s->next_of_account) {
        const struct room_seat *seat = room_seat(s, room->group);

        if (seat && seat->at < at)
            return true;
    }
    return false;
}

enum state_found room_members(struct shard *shard, struct request *req, const struct group *group,
                              uint32_t max, struct room_member **ret_members, uint32_t *ret_count,
                              uint32_t *ret_total)
{
    struct room *room = room_find(shard, group->app, group->no);
    uint32_t count = 0;

    *ret_total = room_online(shard, group);
    *ret_count = 0;
    *ret_members = NULL;
    if (!room)
        return STATE_HIT;
    room_compact(room);
    if (max > room->count)
        max = room->count;
    *ret_members = ARENA_ARRAY(&req->arena, struct room_member, max + 1);
    for (uint32_t i = 0; i < room->count && count < max; i++) {
        const struct session *session = room->sessions[i];

        if (!room_came_by_another(shard, room, session, i))
            (*ret_members)[count++] = (struct room_member){session->account, room->join_s[i],
                                                           room_seat(session, room->group)->marks};
    }
    *ret_count = count;
    return STATE_HIT;
}

uint32_t room_online(struct shard *shard, const struct group *group)
{
    const struct room *room = room_find(shard, group->app, group->no);

    return room ? room->accounts + room->guests : 0;
}
