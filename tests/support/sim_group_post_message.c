/* Commands on messages, read marks and values, and imports. */
#include "support/test.h"

#include "support/sim_group_load_internal.h"

/* ---- messages ---- */

#define BODY "\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%u\"}}]"

static void send_again(struct sim_group_load *load, const struct gl_op *op)
{
    static const char *const priorities[] = {"", "High", "Normal", "Low", "Lowest"};
    struct text text = {.n = 0};

    gl_put(&text, ",\"Random\":%u,\"MsgPriority\":\"%s\"," BODY, op->random, priorities[op->option],
           op->number);
    if (op->rest && op->b)
        gl_put(&text, ",\"From_Account\":\"%s\"", gm_name(op->b));
    if (op->no_unread)
        gl_put(&text, ",\"SendMsgControl\":[\"NoUnread\"]");
    if (op->mask) {
        gl_put(&text, ",\"GroupAtInfo\":[");
        gl_put_list(&text, op->mask, "{\"GroupAtAllFlag\":0,\"GroupAt_Account\":", "}");
        gl_put(&text, "]");
    }
    gl_run(load, op, GROUPS "send_group_msg", &text);
}

void gl_post_send(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_SEND, ROLE_MEMBER);

    if (op.rest && gl_toss(load))
        op.b = gl_some_account(load);
    op.number = ++load->next_text;
    op.random = op.number;
    op.option = (uint8_t)(1 + gl_draw(load, 4));
    op.no_unread = gl_draw(load, 10) == 0;
    if (gl_draw(load, 8) == 0 && op.slot != GM_ROOM_SLOT)
        op.mask = gl_some_accounts(load);
    send_again(load, &op);
}

/* One of the last ops of a kind; NULL: there is none among those looked at. */
static const struct gl_op *some_op(struct sim_group_load *load, enum gl_kind kind, size_t among)
{
    size_t first = load->op_count > among ? load->op_count - among : 0;

    for (int i = 0; i < 8 && load->op_count; i++) {
        const struct gl_op *op = &load->ops[first + gl_draw(load, load->op_count - first)];

        if (op->kind == kind)
            return op;
    }
    return NULL;
}

/* The same message once more: its client had no answer in time. */
void gl_post_resend(struct sim_group_load *load)
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
    return last - (uint32_t)gl_draw(load, last < 8 || gl_draw(load, 4) == 0 ? last : 8);
}

void gl_post_recall(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_RECALL, ROLE_MEMBER);
    struct text text = {.n = 0};

    for (int i = 0; i < GL_RECALLS; i++)
        op.seqs[i] = some_seq(load, op.slot);
    gl_put(&text, ",\"MsgSeqList\":[{\"MsgSeq\":%u},{\"MsgSeq\":%u},{\"MsgSeq\":%u}]", op.seqs[0],
           op.seqs[1], op.seqs[2]);
    gl_run(load, &op, GROUPS "group_msg_recall", &text);
}

void gl_post_delete(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_DELETE, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.rest = true;
    op.b = gl_some_member(load, op.slot);
    gl_put(&text, ",\"Sender_Account\":\"%s\"", gm_name(op.b));
    gl_run(load, &op, GROUPS "delete_group_msg_by_sender", &text);
}

void gl_post_edit(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_EDIT, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.seqs[0] = some_seq(load, op.slot);
    op.number = ++load->next_text;
    gl_put(&text, ",\"MsgSeq\":%u," BODY, op.seqs[0], op.number);
    gl_run(load, &op, "openim.modify_group_msg", &text);
}

void gl_post_read(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_READ, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.rest = false;
    op.seqs[0] = some_seq(load, op.slot) + (uint32_t)gl_draw(load, 3);
    gl_put(&text, ",\"MsgReadedSeq\":%u", op.seqs[0]);
    gl_run(load, &op, GROUPS "msg_read_report", &text);
}

void gl_post_unread(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_UNREAD, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.rest = true;
    op.b = gl_some_member(load, op.slot);
    op.count = (uint32_t)gl_draw(load, gl_draw(load, 4) ? 6 : 60);
    gl_put(&text, ",\"Member_Account\":\"%s\",\"UnreadMsgNum\":%u", gm_name(op.b), op.count);
    gl_run(load, &op, GROUPS "set_unread_msg_num", &text);
}

/* ---- values ---- */

void gl_post_attribute(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_ATTRIBUTE, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.count = (uint32_t)gl_draw(load, GM_ATTRIBUTES);
    op.option = gl_draw(load, 3) ? 0 : (uint8_t)(1 + gl_draw(load, 2));
    op.number = ++load->next_text;
    if (op.option == 0)
        gl_put(&text, ",\"GroupAttr\":[{\"key\":\"k%u\",\"value\":\"v%u\"}]", op.count, op.number);
    else if (op.option == 1)
        gl_put(&text, ",\"GroupAttr\":[{\"key\":\"k%u\"}]", op.count);
    gl_run(load, &op,
           op.option == 0   ? GROUPS "modify_group_attr"
           : op.option == 1 ? GROUPS "delete_group_attr"
                            : GROUPS "clear_group_attr",
           &text);
}

void gl_post_counter(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_COUNTER, ROLE_MEMBER);
    struct text text = {.n = 0};

    op.option = (uint8_t)gl_draw(load, 3);
    op.count = 1 + (uint32_t)gl_draw(load, 100);
    if (op.option == 2)
        gl_put(&text, ",\"GroupCounterKeys\":[\"n\"]");
    else
        gl_put(&text, ",\"Mode\":\"%s\",\"GroupCounter\":[{\"Key\":\"n\",\"Value\":%u}]",
               op.option ? "Increase" : "Set", op.count);
    gl_run(load, &op,
           op.option == 2 ? GROUPS "delete_group_counter" : GROUPS "update_group_counter", &text);
}

/* ---- imports ---- */

static void import_again(struct sim_group_load *load, const struct gl_op *op)
{
    struct text text = {.n = 0};

    gl_put(&text, ",\"MsgList\":[");
    for (uint32_t i = 0; i < op->count; i++)
        gl_put(&text, "%s{\"From_Account\":\"%s\",\"SendTime\":%u,\"Random\":%u," BODY "}",
               i ? "," : "", gm_name(op->b), op->time + i / 2, op->random + i, op->number + i);
    gl_put(&text, "]");
    gl_run(load, op, GROUPS "import_group_msg", &text);
}

void gl_post_import_messages(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_IMPORT_MESSAGES, ROLE_MEMBER);

    op.rest = true;
    op.b = gl_some_account(load);
    op.count = 1 + (uint32_t)gl_draw(load, 6);
    op.number = op.random = load->next_text + 1;
    load->next_text += op.count;
    op.time = gl_now_s(load) - 1 - (uint32_t)gl_draw(load, gl_toss(load) ? 20 : 600);
    import_again(load, &op);
}

void gl_post_import_again(struct sim_group_load *load)
{
    const struct gl_op *found = some_op(load, GL_IMPORT_MESSAGES, 80);
    struct gl_op op;

    if (!found)
        return;
    op = *found;
    import_again(load, &op);
}

void gl_post_import_members(struct sim_group_load *load)
{
    struct gl_op op = gl_op_of(load, GL_IMPORT_MEMBERS, ROLE_MEMBER);
    struct text text = {.n = 0}, after = {.n = 0};

    op.rest = true;
    op.mask = gl_some_accounts(load);
    op.count = (uint32_t)gl_draw(load, 5);
    op.option = gl_draw(load, 3) == 0; /* admins */
    op.time = gl_toss(load) ? gl_now_s(load) : 0;
    gl_put(&after, ",\"UnreadMsgNum\":%u", op.count);
    if (op.option)
        gl_put(&after, ",\"Role\":\"Admin\"");
    if (op.time)
        gl_put(&after, ",\"JoinTime\":%u", op.time);
    gl_put(&after, "}");
    gl_put(&text, ",\"MemberList\":[");
    gl_put_list(&text, op.mask, "{\"Member_Account\":", after.p);
    gl_put(&text, "]");
    gl_run(load, &op, GROUPS "import_group_member", &text);
}
