/* How commands on groups are made, and those on groups and members. */
#include "support/test.h"

#include "support/sim_group_load_internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

uint64_t gl_draw(struct sim_group_load *load, uint64_t below)
{
    return sim_world_draw(load->world, below);
}

bool gl_toss(struct sim_group_load *load)
{
    return gl_draw(load, 2) == 0;
}

uint32_t gl_now_s(const struct sim_group_load *load)
{
    return (uint32_t)(load->world->now_us / 1000000);
}

/* ---- requests ---- */

struct request *gl_request_for(struct sim_group_load *load, const struct gl_op *op)
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
void gl_as_user(struct sim_group_load *load, struct request *req, unsigned account)
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
    if (gl_draw(load, 8))
        req->session_id = token->session;
    req->from = (struct address){.slot = account, .generation = 1};
}

static struct request *gl_caller_request(struct sim_group_load *load, const struct gl_op *op)
{
    struct request *req = gl_request_for(load, op);

    if (!op->rest) {
        gl_as_user(load, req, op->a);
        return req;
    }
    req->caller = CALLER_ADMIN;
    req->identifier = span_of(gm_name(0));
    return req;
}

void gl_put(struct text *text, const char *format, ...)
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
void gl_put_list(struct text *text, uint32_t mask, const char *before, const char *after)
{
    const char *comma = "";

    for (unsigned i = 0; i < GM_ACCOUNTS; i++) {
        if (!(mask >> i & 1))
            continue;
        gl_put(text, "%s%s\"%s\"%s", comma, before, gm_name(i), after);
        comma = ",";
    }
}

/* A command on op's group: `text` holds the fields behind its GroupId. */
void gl_run(struct sim_group_load *load, const struct gl_op *op, const char *name,
            const struct text *fields)
{
    struct text json = {.n = 0};

    gl_put(&json, "{\"GroupId\":\"%s\"%s}", gm_group_id(op->slot), fields ? fields->p : "");
    sim_world_run(load->world, gl_caller_request(load, op), name, span_make(json.p, json.n));
}

uint8_t gl_some_account(struct sim_group_load *load)
{
    return (uint8_t)(1 + gl_draw(load, GM_ACCOUNTS - 1));
}

/* Few, or so many that they take two records. */
uint32_t gl_some_accounts(struct sim_group_load *load)
{
    uint32_t mask = 0, count = gl_draw(load, 6) ? 1 + (uint32_t)gl_draw(load, 4) : 20;

    for (uint32_t i = 0; i < count; i++)
        mask |= 1u << gl_some_account(load);
    if (count == 20 && gl_toss(load))
        mask = (1u << GM_ACCOUNTS) - 2;
    return mask;
}

/* A group that is there, mostly. */
static uint8_t gl_some_slot(struct sim_group_load *load)
{
    for (int i = 0; i < 4; i++) {
        uint8_t slot = (uint8_t)gl_draw(load, GM_ROOM_SLOT);

        if (gm_find(&load->model, slot))
            return slot;
    }
    return (uint8_t)gl_draw(load, GM_SLOTS);
}

/* A user with a terminal; mostly one that is a member, of a high role now and then. */
uint8_t gl_some_user(struct sim_group_load *load, unsigned slot, uint8_t role)
{
    const struct gm_group *group = gm_find(&load->model, slot);
    uint8_t account = 1;

    for (int i = 0; i < 6; i++) {
        account = (uint8_t)(1 + gl_draw(load, GL_USERS - 1));
        if (!group || gm_role(group, account) >= role)
            break;
    }
    return account;
}

struct gl_op gl_op_of(struct sim_group_load *load, enum gl_kind kind, uint8_t role)
{
    struct gl_op op = {
        .kind = (uint8_t)kind, .slot = gl_some_slot(load), .rest = gl_draw(load, 3) == 0};

    op.a = gl_some_user(load, op.slot, role);
    return op;
}

uint8_t gl_some_member(struct sim_group_load *load, unsigned slot)
{
    const struct gm_group *group = gm_find(&load->model, slot);
    uint8_t account = gl_some_account(load);

    for (int i = 0; i < 8 && group && !group->members[account].in; i++)
        account = gl_some_account(load);
    return account;
}

/* ---- groups ---- */

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
                       .slot = (uint8_t)gl_draw(load, GM_SLOTS),
                       .rest = gl_toss(load),
                       .type = types[gl_draw(load, 5)],
                       .option = (uint8_t)(1 + gl_draw(load, 2)),
                       .invite_option = (uint8_t)(1 + gl_draw(load, 2)),
                       .a = (uint8_t)(1 + gl_draw(load, GL_USERS - 1)),
                       .mask = gl_some_accounts(load),
                       .number = ++load->next_text};

    op.b = op.rest && gl_draw(load, 5) == 0 ? GM_NOBODY : op.a;
    if (op.slot == GM_ROOM_SLOT)
        op.type = op.rest && gl_toss(load) ? GROUP_B_CHAT_ROOM : GROUP_AV_CHAT_ROOM;
    op.import = op.rest && op.slot != GM_ROOM_SLOT && gl_draw(load, 3) == 0;
    if (op.import)
        op.time = gl_now_s(load) - 3600;
    if (op.import || op.slot == GM_ROOM_SLOT)
        op.mask = 0;
    return op;
}

void gl_post_create(struct sim_group_load *load)
{
    struct gl_op op = new_group(load);
    struct text text = {.n = 0};

    gl_put(
        &text,
        ",\"Type\":\"%s\",\"Name\":\"n%u\",\"ApplyJoinOption\":\"%s\",\"InviteJoinOption\":\"%s\"",
        type_name(op.type), op.number, option_name(op.option), option_name(op.invite_option));
    if (op.b != GM_NOBODY)
        gl_put(&text, ",\"Owner_Account\":\"%s\"", gm_name(op.b));
    if (op.import)
        gl_put(&text, ",\"CreateTime\":%u", op.time);
    if (op.mask) {
        gl_put(&text, ",\"MemberList\":[");
        gl_put_list(&text, op.mask, "{\"Member_Account\":", "}");
        gl_put(&text, "]");
    }
    gl_run(load, &op, op.import ? GROUPS "import_group" : GROUPS "create_group", &text);
}

void gl_post_dissolve(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_DISSOLVE, ROLE_OWNER);

    gl_run(load, &op, GROUPS "destroy_group", NULL);
}

void gl_post_name(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_NAME, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.number = ++load->next_text;
    gl_put(&text, ",\"Name\":\"n%u\"", op.number);
    gl_run(load, &op, GROUPS "modify_group_base_info", &text);
}

void gl_post_mute_all(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_MUTE_ALL, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.option = gl_draw(load, 3) == 0;
    gl_put(&text, ",\"ShutUpAllMember\":\"%s\"", op.option ? "On" : "Off");
    gl_run(load, &op, GROUPS "modify_group_base_info", &text);
}

/* ---- members ---- */

void gl_post_add(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_ADD, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.mask = gl_some_accounts(load);
    gl_put(&text, ",\"MemberList\":[");
    gl_put_list(&text, op.mask, "{\"Member_Account\":", "}");
    gl_put(&text, "]");
    gl_run(load, &op, GROUPS "add_group_member", &text);
}

void gl_post_kick(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_KICK, ROLE_ADMIN);
    const struct gm_group *group = gm_find(&load->model, op.slot);
    struct text text = {.n = 0};

    op.mask = gl_some_accounts(load);
    if (group && group->owner != GM_NOBODY)
        op.mask &= ~(1u << group->owner);
    if (!op.mask)
        return;
    gl_put(&text, ",\"MemberToDel_Account\":[");
    gl_put_list(&text, op.mask, "", "");
    gl_put(&text, "]");
    gl_run(load, &op, GROUPS "delete_group_member", &text);
}

void gl_post_apply(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_APPLY, ROLE_NONE);

    op.rest = false;
    op.a = (uint8_t)(1 + gl_draw(load, GL_USERS - 1));
    if (op.slot != GM_ROOM_SLOT)
        gl_run(load, &op, GROUPS "apply_join_group", NULL);
}

/* Who decides in a group, if somebody with a terminal does. */
static uint8_t some_decider(struct sim_group_load *load, const struct gm_group *group)
{
    uint8_t first = (uint8_t)gl_draw(load, GL_USERS - 1);

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
    uint8_t first = (uint8_t)gl_draw(load, GM_ROOM_SLOT), account = gl_some_account(load);

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

void gl_post_decide(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_DECIDE, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.rest = false;
    op.type = gl_toss(load); /* 1: an invitation */
    op.b = gl_some_account(load);
    if (gl_draw(load, 4) && !find_waiting(load, &op))
        return;
    op.option = gl_draw(load, 3) != 0; /* agree */
    gl_put(&text, ",\"%s\":\"%s\",\"HandleMsg\":\"%s\"",
           op.type ? "Invited_Account" : "Applicant_Account", gm_name(op.b),
           op.option ? "Agree" : "Reject");
    gl_run(load, &op,
           op.type ? GROUPS "handle_invite_join_permission_group"
                   : GROUPS "handle_apply_join_group",
           &text);
}

void gl_post_quit(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_QUIT, ROLE_MEMBER);

    op.rest = false;
    if (op.slot != GM_ROOM_SLOT)
        gl_run(load, &op, GROUPS "quit_group", NULL);
}

static void modify_member(struct sim_group_load *load, const struct gl_op *op, const char *field,
                          const char *value)
{
    struct text text = {.n = 0};

    gl_put(&text, ",\"Member_Account\":\"%s\",\"%s\":\"%s\"", gm_name(op->b), field, value);
    gl_run(load, op, GROUPS "modify_group_member_info", &text);
}

void gl_post_role(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_ROLE, ROLE_OWNER);

    op.b = gl_some_member(load, op.slot);
    op.option = gl_toss(load) ? ROLE_ADMIN : ROLE_MEMBER;
    modify_member(load, &op, "Role", op.option == ROLE_ADMIN ? "Admin" : "Member");
}

void gl_post_card(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_CARD, ROLE_MEMBER);
    char card[16];

    op.b = gl_toss(load) ? op.a : gl_some_member(load, op.slot);
    op.number = ++load->next_text;
    snprintf(card, sizeof(card), "c%u", op.number);
    modify_member(load, &op, "NameCard", card);
}

void gl_post_option(struct sim_group_load *load)
{
    static const char *const names[] = {"AcceptAndNotify", "Discard", "AcceptNotNotify"};
    struct gl_op op = gl_op_of(load, GL_OPTION, ROLE_MEMBER);

    op.b = op.a;
    op.option = (uint8_t)gl_draw(load, 3);
    modify_member(load, &op, "MsgFlag", names[op.option]);
}

void gl_post_mute(struct sim_group_load *load)
{
    static const uint32_t seconds[] = {0, 0, 100, 100000, UINT32_MAX};
    struct gl_op op = gl_op_of(load, GL_MUTE, ROLE_ADMIN);
    struct text text = {.n = 0};

    op.mask = gl_some_accounts(load);
    op.time = seconds[gl_draw(load, 5)];
    gl_put(&text, ",\"ShutUpTime\":%u,\"Members_Account\":[", op.time);
    gl_put_list(&text, op.mask, "", "");
    gl_put(&text, "]");
    gl_run(load, &op, GROUPS "forbid_send_msg", &text);
}

void gl_post_owner(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_OWNER, ROLE_OWNER);
    struct text text = {.n = 0};

    op.b = gl_some_member(load, op.slot);
    gl_put(&text, ",\"NewOwner_Account\":\"%s\"", gm_name(op.b));
    gl_run(load, &op, GROUPS "change_group_owner", &text);
}
