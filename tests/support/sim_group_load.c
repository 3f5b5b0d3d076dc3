/* Which commands come, and the life of a load. How they are made: sim_group_post.c; what must come
   of them: sim_group_expect.c. */
#include "support/test.h"

#include "support/sim_group_load_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/app/app.h"
#include "core/session/login.h"

static const struct operation login_operation = {.run = session_login};

/* ---- terminals ---- */

static void post_session(struct sim_group_load *load)
{
    struct gl_op op = {.kind = gl_toss(load) ? GL_RETURN : GL_CLOSED};
    struct request *req;

    op.a = (uint8_t)(1 + gl_draw(load, GL_USERS - 1));
    req = gl_request_for(load, &op);
    gl_as_user(load, req, op.a);
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
    uint64_t us = gl_draw(load, 300000);

    if (gl_draw(load, 30) == 0)
        us = gl_draw(load, 20000000);
    else if (gl_draw(load, 150) == 0)
        us = 290000000 + gl_draw(load, 30000000);
    else if (gl_draw(load, 1000) == 0)
        us = gl_draw(load, 40000000000);
    /* Never still: a group takes so many messages a second. */
    if (us < 300000 || world->now_us + us < load->latest_us)
        world->now_us += us;
}

void sim_group_load_command(struct sim_group_load *load)
{
    static const struct {
        uint32_t weight;
        void (*post)(struct sim_group_load *load);
    } mix[] = {{22, gl_post_send},        {8, gl_post_resend},
               {9, gl_post_create},       {4, gl_post_dissolve},
               {8, gl_post_add},          {4, gl_post_kick},
               {6, gl_post_apply},        {6, gl_post_decide},
               {4, gl_post_quit},         {3, gl_post_role},
               {2, gl_post_card},         {2, gl_post_option},
               {4, gl_post_mute},         {3, gl_post_owner},
               {5, gl_post_recall},       {2, gl_post_delete},
               {4, gl_post_edit},         {6, gl_post_read},
               {4, gl_post_unread},       {3, gl_post_name},
               {2, gl_post_mute_all},     {4, gl_post_import_messages},
               {2, gl_post_import_again}, {4, gl_post_import_members},
               {5, post_session},         {4, gl_post_attribute},
               {3, gl_post_counter}};
    uint32_t total = 0;
    uint64_t at;

    pass_time(load);
    for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++)
        total += mix[i].weight;
    at = gl_draw(load, total);
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
    sim_world_run(world, req, "admin.app_create", SPAN_LIT("{\"name\":\"Simulated\"}"));
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
    gl_put(&text, "{\"Accounts\":[");
    gl_put_list(&text, (1u << GM_ACCOUNTS) - 2, "", "");
    gl_put(&text, "]}");
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
