/* The commands. What must come of them: sim_group_expect.c. */
#include "support/test.h"

#include "support/sim_group_load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/app/app.h"
#include "core/session/login.h"

#define JSON_ROOM 4096

static const struct operation login_operation = {.run = session_login};

static uint64_t draw(struct sim_group_load *load, uint64_t below)
{
    return sim_world_draw(load->world, below);
}

static bool toss(struct sim_group_load *load)
{
    return draw(load, 2) == 0;
}

static uint32_t now_s(const struct sim_group_load *load)
{
    return (uint32_t)(load->world->now_us / 1000000);
}

/* ---- requests ---- */

static struct request *request_for(struct sim_group_load *load, const struct gl_op *op)
{
    struct request *req = request_new();

    if (load->op_count == load->op_room) {
        load->op_room = load->op_room ? load->op_room * 2 : 256;
        load->ops = mem_realloc(load->ops, load->op_room * sizeof(*load->ops));
    }
    load->ops[load->op_count++] = *op;
    req->from.gateway = 0;
    req->tag = load->op_count;
    req->app = load->model.app;
    return req;
}

/* As a gateway: the a2 is verified with the key of the server that runs now. */
static void as_user(struct sim_group_load *load, struct request *req, unsigned account)
{
    const struct gl_token *token = &load->tokens[account];
    struct a2_token claims;

    assert_true(a2_verify(shard_server_key(load->world->shard),
                          (struct span){token->text, token->text_bytes}, &claims));
    req->caller = CALLER_USER;
    req->identifier = span_of(gm_name(account));
    req->has_a2 = true;
    req->a2 =
        (struct a2_claims){{claims.app}, {claims.account}, claims.instance, claims.generation};
    if (draw(load, 8))
        req->session_id = token->session;
    req->from = (struct address){.slot = account, .generation = 1};
}

static struct request *caller_request(struct sim_group_load *load, const struct gl_op *op)
{
    struct request *req = request_for(load, op);

    if (!op->rest) {
        as_user(load, req, op->a);
        return req;
    }
    req->caller = CALLER_ADMIN;
    req->identifier = span_of(gm_name(0));
    return req;
}

/* The JSON of a command. */
struct text {
    char p[JSON_ROOM];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text->p + text->n, sizeof(text->p) - text->n, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof(text->p) - text->n);
    text->n += (size_t)n;
}

/* Elements behind each other: `before`, a name, `after`. */
static void put_list(struct text *text, uint32_t mask, const char *before, const char *after)
{
    const char *comma = "";

    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        if (!(mask >> i & 1))
            continue;
        put(text, "%s%s\"%s\"%s", comma, before, gm_name(i), after);
        comma = ",";
    }
}

/* A command on op's group: `text` holds the fields behind its GroupId. */
static void run(struct sim_group_load *load, const struct gl_op *op, const char *name,
                const struct text *fields)
{
    struct text json = {.n = 0};

    put(&json, "{\"GroupId\":\"%s\"%s}", gm_group_id(op->slot), fields ? fields->p : "");
    sim_world_run(load->world, caller_request(load, op), name, span_make(json.p, json.n));
}

static uint8_t some_account(struct sim_group_load *load)
{
    return (uint8_t)(1 + draw(load, GM_ACCOUNTS - 1));
}

/* Few, or so many that they take two records. */
static uint32_t some_accounts(struct sim_group_load *load)
{
    uint32_t mask = 0, count = draw(load, 6) ? 1 + (uint32_t)draw(load, 4) : 20;

    for (uint32_t i = 0; i < count; i++)
        mask |= 1u << some_account(load);
    if (count == 20 && toss(load))
        mask = (1u << GM_ACCOUNTS) - 2;
    return mask;
}

/* A group that is there, mostly. */
static uint8_t some_slot(struct sim_group_load *load)
{
    for (int i = 0; i < 4; i++) {
        uint8_t slot = (uint8_t)draw(load, GM_ROOM_SLOT);

        if (gm_find(&load->model, slot))
            return slot;
    }
    return (uint8_t)draw(load, GM_SLOTS);
}

/* A user with a terminal; mostly one that is a member, of a high role now and then. */
static uint8_t some_user(struct sim_group_load *load, unsigned slot, uint8_t role)
{
    const struct gm_group *group = gm_find(&load->model, slot);
    uint8_t account = 1;

    for (int i = 0; i < 6; i++) {
        account = (uint8_t)(1 + draw(load, GL_USERS - 1));
        if (!group || gm_role(group, account) >= role)
            break;
    }
    return account;
}

static struct gl_op op_of(struct sim_group_load *load, enum gl_kind kind, uint8_t role)
{
    struct gl_op op = {.kind = (uint8_t)kind, .slot = some_slot(load), .rest = draw(load, 3) == 0};

    op.a = some_user(load, op.slot, role);
    return op;
}

/* ---- groups ---- */

#define GROUPS "group_open_http_svc."

static const char *type_name(uint8_t type)
{
    static const char *const names[] = {
        [GROUP_PRIVATE] = "Private",       [GROUP_PUBLIC] = "Public",
        [GROUP_CHAT_ROOM] = "ChatRoom",    [GROUP_AV_CHAT_ROOM] = "AVChatRoom",
        [GROUP_B_CHAT_ROOM] = "BChatRoom", [GROUP_COMMUNITY] = "Community"};

    return names[type];
}

static const char *option_name(uint8_t option)
{
    static const char *const names[] = {[JOIN_FREE] = "FreeAccess",
                                        [JOIN_NEEDS_PERMISSION] = "NeedPermission",
                                        [JOIN_DISABLED] = "DisableApply"};

    return names[option];
}

static struct gl_op new_group(struct sim_group_load *load)
{
    static const uint8_t types[] = {GROUP_PRIVATE, GROUP_PUBLIC, GROUP_PUBLIC, GROUP_CHAT_ROOM,
                                    GROUP_COMMUNITY};
    struct gl_op op = {.kind = GL_CREATE,
                       .slot = (uint8_t)draw(load, GM_SLOTS),
                       .rest = toss(load),
                       .type = types[draw(load, 5)],
                       .option = (uint8_t)(1 + draw(load, 2)),
                       .invite_option = (uint8_t)(1 + draw(load, 2)),
                       .a = (uint8_t)(1 + draw(load, GL_USERS - 1)),
                       .mask = some_accounts(load),
                       .number = ++load->next_text};

    op.b = op.rest && draw(load, 5) == 0 ? GM_NOBODY : op.a;
    if (op.slot == GM_ROOM_SLOT)
        op.type = op.rest && toss(load) ? GROUP_B_CHAT_ROOM : GROUP_AV_CHAT_ROOM;
    op.import = op.rest && op.slot != GM_ROOM_SLOT && draw(load, 3) == 0;
    if (op.import)
        op.time = now_s(load) - 3600;
    if (op.import || op.slot == GM_ROOM_SLOT)
        op.mask = 0;
    return op;
}

static void post_create(struct sim_group_load *load)
{
    struct gl_op op = new_group(load);
    struct text text = {.n = 0};

    put(&text,
        ",\"Type\":\"%s\",\"Name\":\"n%u\",\"ApplyJoinOption\":\"%s\",\"InviteJoinOption\":\"%s\"",
        type_name(op.type), op.number, option_name(op.option), option_name(op.invite_option));
    if (op.b != GM_NOBODY)
        put(&text, ",\"Owner_Account\":\"%s\"", gm_name(op.b));
    if (op.import)
        put(&text, ",\"CreateTime\":%u", op.time);
    if (op.mask) {
        put(&text, ",\"MemberList\":[");
        put_list(&text, op.mask, "{\"Member_Account\":", "}");
        put(&text, "]");
    }
    run(load, &op, op.import ? GROUPS "import_group" : GROUPS "create_group", &text);
}

static void post_dissolve(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_DISSOLVE, ROLE_OWNER);

    run(load, &op, GROUPS "destroy_group", NULL);
}

static void post_name(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_NAME, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.number = ++load->next_text;
    put(&text, ",\"Name\":\"n%u\"", op.number);
    run(load, &op, GROUPS "modify_group_base_info", &text);
}

static void post_mute_all(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_MUTE_ALL, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.option = draw(load, 3) == 0;
    put(&text, ",\"ShutUpAllMember\":\"%s\"", op.option ? "On" : "Off");
    run(load, &op, GROUPS "modify_group_base_info", &text);
}

/* ---- members ---- */

static void post_add(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_ADD, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.mask = some_accounts(load);
    put(&text, ",\"MemberList\":[");
    put_list(&text, op.mask, "{\"Member_Account\":", "}");
    put(&text, "]");
    run(load, &op, GROUPS "add_group_member", &text);
}

static void post_kick(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_KICK, ROLE_ADMIN);
    const struct gm_group *group = gm_find(&load->model, op.slot);
    struct text text = {.n = 0};

    op.mask = some_accounts(load);
    if (group && group->owner != GM_NOBODY)
        op.mask &= ~(1u << group->owner);
    if (!op.mask)
        return;
    put(&text, ",\"MemberToDel_Account\":[");
    put_list(&text, op.mask, "", "");
    put(&text, "]");
    run(load, &op, GROUPS "delete_group_member", &text);
}

static void post_apply(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_APPLY, ROLE_NONE);

    op.rest = false;
    op.a = (uint8_t)(1 + draw(load, GL_USERS - 1));
    if (op.slot != GM_ROOM_SLOT)
        run(load, &op, GROUPS "apply_join_group", NULL);
}

/* Who decides in a group, if somebody with a terminal does. */
static uint8_t some_decider(struct sim_group_load *load, const struct gm_group *group)
{
    uint8_t first = (uint8_t)draw(load, GL_USERS - 1);

    for (uint8_t i = 0; i < GL_USERS - 1; i++) {
        uint8_t account = (uint8_t)(1 + (first + i) % (GL_USERS - 1));

        if (gm_role(group, account) >= (group->type == GROUP_PRIVATE ? ROLE_OWNER : ROLE_ADMIN))
            return account;
    }
    return (uint8_t)(1 + first);
}

/* Finds one who waits for a decision. */
static bool find_waiting(struct sim_group_load *load, struct gl_op *op)
{
    uint8_t first = (uint8_t)draw(load, GM_ROOM_SLOT), account = some_account(load);

    for (uint8_t i = 0; i < GM_ROOM_SLOT; i++) {
        const struct gm_group *group = gm_find(&load->model, (first + i) % GM_ROOM_SLOT);

        for (uint8_t j = 0; group && j < GM_ACCOUNTS * 2; j++) {
            const struct gm_pendency *pendency =
                &group->pendencies[(account + j / 2) % GM_ACCOUNTS][j % 2];

            if (!pendency->exists || pendency->handled)
                continue;
            op->slot = group->slot;
            op->a = some_decider(load, group);
            op->b = (uint8_t)((account + j / 2) % GM_ACCOUNTS);
            op->type = j % 2;
            return true;
        }
    }
    return false;
}

static void post_decide(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_DECIDE, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.rest = false;
    op.type = toss(load); /* 1: an invitation */
    op.b = some_account(load);
    if (draw(load, 4) && !find_waiting(load, &op))
        return;
    op.option = draw(load, 3) != 0; /* agree */
    put(&text, ",\"%s\":\"%s\",\"HandleMsg\":\"%s\"",
        op.type ? "Invited_Account" : "Applicant_Account", gm_name(op.b),
        op.option ? "Agree" : "Reject");
    run(load, &op,
        op.type ? GROUPS "handle_invite_join_permission_group" : GROUPS "handle_apply_join_group",
        &text);
}

static void post_quit(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_QUIT, ROLE_MEMBER);

    op.rest = false;
    if (op.slot != GM_ROOM_SLOT)
        run(load, &op, GROUPS "quit_group", NULL);
}

static void modify_member(struct sim_group_load *load, const struct gl_op *op, const char *field,
                          const char *value)
{
    struct text text = {.n = 0};

    put(&text, ",\"Member_Account\":\"%s\",\"%s\":\"%s\"", gm_name(op->b), field, value);
    run(load, op, GROUPS "modify_group_member_info", &text);
}

static uint8_t some_member(struct sim_group_load *load, unsigned slot)
{
    const struct gm_group *group = gm_find(&load->model, slot);
    uint8_t account = some_account(load);

    for (int i = 0; i < 8 && group && !group->members[account].in; i++)
        account = some_account(load);
    return account;
}

static void post_role(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_ROLE, ROLE_OWNER);

    op.b = some_member(load, op.slot);
    op.option = toss(load) ? ROLE_ADMIN : ROLE_MEMBER;
    modify_member(load, &op, "Role", op.option == ROLE_ADMIN ? "Admin" : "Member");
}

static void post_card(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_CARD, ROLE_MEMBER);
    char card[16];

    op.b = toss(load) ? op.a : some_member(load, op.slot);
    op.number = ++load->next_text;
    snprintf(card, sizeof(card), "c%u", op.number);
    modify_member(load, &op, "NameCard", card);
}

static void post_option(struct sim_group_load *load)
{
    static const char *const names[] = {"AcceptAndNotify", "Discard", "AcceptNotNotify"};
    struct gl_op op = op_of(load, GL_OPTION, ROLE_MEMBER);

    op.b = op.a;
    op.option = (uint8_t)draw(load, 3);
    modify_member(load, &op, "MsgFlag", names[op.option]);
}

static void post_mute(struct sim_group_load *load)
{
    static const uint32_t seconds[] = {0, 0, 100, 100000, UINT32_MAX};
    struct gl_op op = op_of(load, GL_MUTE, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.mask = some_accounts(load);
    op.time = seconds[draw(load, 5)];
    put(&text, ",\"ShutUpTime\":%u,\"Members_Account\":[", op.time);
    put_list(&text, op.mask, "", "");
    put(&text, "]");
    run(load, &op, GROUPS "forbid_send_msg", &text);
}

static void post_owner(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_OWNER, ROLE_OWNER);
    struct text text = {.n = 0};

    op.b = some_member(load, op.slot);
    put(&text, ",\"NewOwner_Account\":\"%s\"", gm_name(op.b));
    run(load, &op, GROUPS "change_group_owner", &text);
}

/* ---- messages ---- */

#define BODY "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%u\"}}]"

static void send_again(struct sim_group_load *load, const struct gl_op *op)
{
    static const char *const priorities[] = {"", "High", "Normal", "Low", "Lowest"};
    struct text text = {.n = 0};

    put(&text, ",\"Random\":%u,\"MsgPriority\":\"%s\"," BODY, op->random, priorities[op->option],
        op->number);
    if (op->rest && op->b)
        put(&text, ",\"From_Account\":\"%s\"", gm_name(op->b));
    if (op->no_unread)
        put(&text, ",\"SendMsgControl\":[\"NoUnread\"]");
    if (op->mask) {
        put(&text, ",\"GroupAtInfo\":[");
        put_list(&text, op->mask, "{\"GroupAtAllFlag\":0,\"GroupAt_Account\":", "}");
        put(&text, "]");
    }
    run(load, op, GROUPS "send_group_msg", &text);
}

static void post_send(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_SEND, ROLE_MEMBER);

    if (op.rest && toss(load))
        op.b = some_account(load);
    op.number = ++load->next_text;
    op.random = op.number;
    op.option = (uint8_t)(1 + draw(load, 4));
    op.no_unread = draw(load, 10) == 0;
    if (draw(load, 8) == 0 && op.slot != GM_ROOM_SLOT)
        op.mask = some_accounts(load);
    send_again(load, &op);
}

/* One of the last ops of a kind; NULL: there is none among those looked at. */
static const struct gl_op *some_op(struct sim_group_load *load, enum gl_kind kind, size_t among)
{
    size_t first = load->op_count > among ? load->op_count - among : 0;

    for (int i = 0; i < 8 && load->op_count; i++) {
        const struct gl_op *op = &load->ops[first + draw(load, load->op_count - first)];

        if (op->kind == kind)
            return op;
    }
    return NULL;
}

/* The same message once more: its client had no answer in time. */
static void post_resend(struct sim_group_load *load)
{
    const struct gl_op *found = some_op(load, GL_SEND, 40);
    struct gl_op op;

    if (!found)
        return;
    op = *found; /* the list grows */
    send_again(load, &op);
}

static uint32_t some_seq(struct sim_group_load *load, unsigned slot)
{
    const struct gm_group *group = gm_find(&load->model, slot);
    uint32_t last = group ? group->last_seq : 0;

    if (!last)
        return 1;
    return last - (uint32_t)draw(load, last < 8 || draw(load, 4) == 0 ? last : 8);
}

static void post_recall(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_RECALL, ROLE_MEMBER);
    struct text text = {.n = 0};

    for (int i = 0; i < GL_RECALLS; i++)
        op.seqs[i] = some_seq(load, op.slot);
    put(&text, ",\"MsgSeqList\":[{\"MsgSeq\":%u},{\"MsgSeq\":%u},{\"MsgSeq\":%u}]", op.seqs[0],
        op.seqs[1], op.seqs[2]);
    run(load, &op, GROUPS "group_msg_recall", &text);
}

static void post_delete(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_DELETE, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.rest = true;
    op.b = some_member(load, op.slot);
    put(&text, ",\"Sender_Account\":\"%s\"", gm_name(op.b));
    run(load, &op, GROUPS "delete_group_msg_by_sender", &text);
}

static void post_edit(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_EDIT, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.seqs[0] = some_seq(load, op.slot);
    op.number = ++load->next_text;
    put(&text, ",\"MsgSeq\":%u," BODY, op.seqs[0], op.number);
    run(load, &op, "openim.modify_group_msg", &text);
}

static void post_read(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_READ, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.rest = false;
    op.seqs[0] = some_seq(load, op.slot) + (uint32_t)draw(load, 3);
    put(&text, ",\"MsgReadedSeq\":%u", op.seqs[0]);
    run(load, &op, GROUPS "msg_read_report", &text);
}

static void post_unread(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_UNREAD, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.rest = true;
    op.b = some_member(load, op.slot);
    op.count = (uint32_t)draw(load, draw(load, 4) ? 6 : 60);
    put(&text, ",\"Member_Account\":\"%s\",\"UnreadMsgNum\":%u", gm_name(op.b), op.count);
    run(load, &op, GROUPS "set_unread_msg_num", &text);
}

/* ---- imports ---- */

static void import_again(struct sim_group_load *load, const struct gl_op *op)
{
    struct text text = {.n = 0};

    put(&text, ",\"MsgList\":[");
    for (uint32_t i = 0; i < op->count; i++)
        put(&text, "%s{\"From_Account\":\"%s\",\"SendTime\":%u,\"Random\":%u," BODY "}",
            i ? "," : "", gm_name(op->b), op->time + i / 2, op->random + i, op->number + i);
    put(&text, "]");
    run(load, op, GROUPS "import_group_msg", &text);
}

static void post_import_messages(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_IMPORT_MESSAGES, ROLE_MEMBER);

    op.rest = true;
    op.b = some_account(load);
    op.count = 1 + (uint32_t)draw(load, 6);
    op.number = op.random = load->next_text + 1;
    load->next_text += op.count;
    op.time = now_s(load) - 1 - (uint32_t)draw(load, toss(load) ? 20 : 600);
    import_again(load, &op);
}

static void post_import_again(struct sim_group_load *load)
{
    const struct gl_op *found = some_op(load, GL_IMPORT_MESSAGES, 80);
    struct gl_op op;

    if (!found)
        return;
    op = *found;
    import_again(load, &op);
}

static void post_import_members(struct sim_group_load *load)
{
    struct gl_op op = op_of(load, GL_IMPORT_MEMBERS, ROLE_MEMBER);
    struct text text = {.n = 0}, after = {.n = 0};

    op.rest = true;
    op.mask = some_accounts(load);
    op.count = (uint32_t)draw(load, 5);
    op.option = draw(load, 3) == 0; /* admins */
    op.time = toss(load) ? now_s(load) : 0;
    put(&after, ",\"UnreadMsgNum\":%u", op.count);
    if (op.option)
        put(&after, ",\"Role\":\"Admin\"");
    if (op.time)
        put(&after, ",\"JoinTime\":%u", op.time);
    put(&after, "}");
    put(&text, ",\"MemberList\":[");
    put_list(&text, op.mask, "{\"Member_Account\":", after.p);
    put(&text, "]");
    run(load, &op, GROUPS "import_group_member", &text);
}

/* ---- terminals ---- */

static void post_session(struct sim_group_load *load)
{
    struct gl_op op = {.kind = toss(load) ? GL_RETURN : GL_CLOSED};
    struct request *req;

    op.a = (uint8_t)(1 + draw(load, GL_USERS - 1));
    req = request_for(load, &op);
    as_user(load, req, op.a);
    if (op.kind == GL_RETURN) {
        req->operation = &login_operation;
        req->session_id = 0;
        req->body = ARENA_NEW(&req->arena, struct login_req);
    } else {
        req->operation = &session_closed;
        req->caller = CALLER_SYSTEM;
    }
    load->tokens[op.a].session = 0;
    sim_world_start(load->world, req);
}

/* ---- the mix ---- */

static void pass_time(struct sim_group_load *load)
{
    struct sim_world *world = load->world;
    uint64_t us = draw(load, 300000);

    if (draw(load, 30) == 0)
        us = draw(load, 20000000);
    else if (draw(load, 150) == 0)
        us = 290000000 + draw(load, 30000000);
    else if (draw(load, 1000) == 0)
        us = draw(load, 40000000000);
    /* Never still: a group takes so many messages a second. */
    if (us < 300000 || world->now_us + us < load->latest_us)
        world->now_us += us;
}

void sim_group_load_command(struct sim_group_load *load)
{
    static const struct {
        uint32_t weight;
        void (*post)(struct sim_group_load *load);
    } mix[] = {{22, post_send},        {8, post_resend},
               {9, post_create},       {4, post_dissolve},
               {8, post_add},          {4, post_kick},
               {6, post_apply},        {6, post_decide},
               {4, post_quit},         {3, post_role},
               {2, post_card},         {2, post_option},
               {4, post_mute},         {3, post_owner},
               {5, post_recall},       {2, post_delete},
               {4, post_edit},         {6, post_read},
               {4, post_unread},       {3, post_name},
               {2, post_mute_all},     {4, post_import_messages},
               {2, post_import_again}, {4, post_import_members},
               {5, post_session}};
    uint32_t total = 0;
    uint64_t at;

    pass_time(load);
    for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++)
        total += mix[i].weight;
    at = draw(load, total);
    for (size_t i = 0;; i++) {
        if (at < mix[i].weight) {
            mix[i].post(load);
            return;
        }
        at -= mix[i].weight;
    }
}

/* ---- life ---- */

static void on_decided(void *arg, struct request *req, uint64_t position)
{
    struct sim_group_load *load = arg;
    struct gl_op op;

    if (!req->tag)
        return;
    op = load->ops[req->tag - 1];
    sim_group_expect(load, &op, req, position);
    if (req->caller == CALLER_USER && req->bound_session_id)
        load->tokens[op.a].session = req->bound_session_id;
}

static void on_acknowledged(void *arg, struct request *req, uint64_t position)
{
    struct sim_group_load *load = arg;

    (void)req;
    if (position > load->acknowledged)
        load->acknowledged = position;
    load->acknowledged_count++;
}

static const struct sim_world_ops hears = {.decided = on_decided, .acknowledged = on_acknowledged};

static struct request *settled(struct sim_world *world, struct request *req)
{
    assert_true(sim_world_settle(world));
    assert_int_equal(req->err, IM_OK);
    return req;
}

static struct app_id make_app(struct sim_world *world)
{
    struct request *req = request_new();
    struct app_id app;

    req->from.gateway = 0;
    req->caller = CALLER_OPERATOR;
    request_ref(req);
    sim_world_run(world, req, "operator.app_create", SPAN_LIT("{\"name\":\"Simulated\"}"));
    app = ((const struct app_info *)settled(world, req)->result)->app;
    request_unref(req);
    return app;
}

static void make_accounts(struct sim_world *world, struct app_id app)
{
    struct request *req = request_new();
    struct text text = {.n = 0};

    req->from.gateway = 0;
    req->caller = CALLER_ADMIN;
    req->app = app;
    req->identifier = span_of(gm_name(0));
    request_ref(req);
    put(&text, "{\"Accounts\":[");
    put_list(&text, (1u << GM_ACCOUNTS) - 2, "", "");
    put(&text, "]}");
    sim_world_run(world, req, "im_open_login_svc.multiaccount_import", span_make(text.p, text.n));
    request_unref(settled(world, req));
}

static void make_terminal(struct sim_world *world, struct app_id app, unsigned account,
                          struct gl_token *token)
{
    struct request *req = request_new();
    struct login_req *body = ARENA_NEW(&req->arena, struct login_req);
    const struct login_result *result;

    body->platform = PLATFORM_WEB;
    body->sig_time_s = world->now_us / 1000000;
    req->operation = &login_operation;
    req->caller = CALLER_NOBODY;
    req->app = app;
    req->identifier = span_of(gm_name(account));
    req->body = body;
    req->from = (struct address){.slot = account, .generation = 1};
    request_ref(req);
    sim_world_start(world, req);
    result = settled(world, req)->result;
    assert_true(result->a2.n <= sizeof(token->text));
    *token =
        (struct gl_token){.session = req->bound_session_id, .text_bytes = (uint32_t)result->a2.n};
    memcpy(token->text, result->a2.p, result->a2.n);
    request_unref(req);
}

void sim_group_load_init(struct sim_group_load *load, struct sim_world *world)
{
    struct app_id app = make_app(world);

    *load = (struct sim_group_load){.world = world};
    load->latest_us = world->now_us + 5 * 86400000000ull;
    make_accounts(world, app);
    for (unsigned i = 1; i < GL_USERS; i++)
        make_terminal(world, app, i, &load->tokens[i]);
    gm_init(&load->model, world, app);
    load->acknowledged = sim_world_position(world);
    world->ops = &hears;
    world->arg = load;
}

void sim_group_load_release(struct sim_group_load *load)
{
    gm_release(&load->model);
    free(load->ops);
}

void sim_group_load_reopened(struct sim_group_load *load, uint64_t position)
{
    if (position < load->acknowledged)
        fail_msg("record %llu was acknowledged, the last one found is %llu",
                 (unsigned long long)load->acknowledged, (unsigned long long)position);
    gm_forget_after(&load->model, position);
    for (unsigned i = 0; i < GL_USERS; i++)
        load->tokens[i].session = 0;
}

void sim_group_load_sweep(struct sim_group_load *load)
{
    struct sim_world *world = load->world;

    /* A turn of a sweep is due at once, and taken up when the time is told. */
    for (int i = 0; i < 200; i++) {
        assert_true(sim_world_settle(world));
        shard_begin(world->shard, ++world->now_us);
    }
    assert_true(sim_world_settle(world));
}

/* ---- for crashes and replays ---- */

static void ops_init(void *load, struct sim_world *world)
{
    sim_group_load_init(load, world);
}

static void ops_release(void *load)
{
    sim_group_load_release(load);
}

static void ops_command(void *load)
{
    sim_group_load_command(load);
}

static void ops_reopened(void *load, uint64_t position)
{
    sim_group_load_reopened(load, position);
}

static void ops_check(void *arg)
{
    struct sim_group_load *load = arg;

    gm_check_rows(&load->model, false);
    gm_check_answers(&load->model);
}

static void ops_end(void *arg)
{
    struct sim_group_load *load = arg;

    sim_group_load_sweep(load);
    gm_check_rows(&load->model, true);
}

static uint64_t ops_acknowledged(const void *arg, uint64_t *ret_answers)
{
    const struct sim_group_load *load = arg;

    if (ret_answers)
        *ret_answers = load->acknowledged_count;
    return load->acknowledged;
}

static uint64_t ops_decisions(const void *load)
{
    return ((const struct sim_group_load *)load)->model.event_count;
}

static void ops_count(const void *arg, uint64_t *counts)
{
    const struct sim_group_load *load = arg;

    for (unsigned i = 0; i < GL_KINDS; i++) {
        counts[i] += load->done[i];
        counts[GL_KINDS + i] += load->refused[i];
    }
    counts[GL_COUNT_AGAIN] += load->again;
    counts[GL_COUNT_SWEEPING] += load->model.sweeping_seen;
    counts[GL_COUNT_SWEPT] += load->model.swept_seen;
    counts[GL_COUNT_MESSAGES] += load->model.messages_seen;
}

void sim_group_load_judge(const uint64_t *counts)
{
    printf("done/refused by kind:");
    for (unsigned i = 0; i < GL_RETURN; i++)
        printf(" %llu/%llu", (unsigned long long)counts[i],
               (unsigned long long)counts[GL_KINDS + i]);
    printf(
        "; %llu resends, %llu sweeps cut short, %llu dissolved groups gone, %llu messages\n",
        (unsigned long long)counts[GL_COUNT_AGAIN], (unsigned long long)counts[GL_COUNT_SWEEPING],
        (unsigned long long)counts[GL_COUNT_SWEPT], (unsigned long long)counts[GL_COUNT_MESSAGES]);
    for (unsigned i = 0; i < GL_RETURN; i++) {
        if (counts[i] + counts[GL_KINDS + i] > 200 && !counts[i])
            fail_msg("commands of kind %u were never done", i);
    }
}

const struct sim_load_ops sim_group_load_ops = {.bytes = sizeof(struct sim_group_load),
                                                .init = ops_init,
                                                .release = ops_release,
                                                .command = ops_command,
                                                .reopened = ops_reopened,
                                                .check = ops_check,
                                                .end = ops_end,
                                                .acknowledged = ops_acknowledged,
                                                .decisions = ops_decisions,
                                                .count = ops_count};
