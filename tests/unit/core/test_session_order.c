/* Commands of one session that wait for each other while rows are loaded. */
#include "support/test.h"

#include "core/app/app.h"
#include "core/session/login.h"
#include "support/sim_world.h"
#include "wire/a2.h"

static const struct operation login_operation = {.run = session_login};

struct answers {
    uint32_t count;
    enum im_err err[8];
};

static void decided(void *arg, struct request *req, uint64_t position)
{
    struct answers *answers = arg;

    (void)position;
    answers->err[answers->count++] = req->err;
}

static void acknowledged(void *arg, struct request *req, uint64_t position)
{
    (void)arg, (void)req, (void)position;
}

static const struct sim_world_ops ops = {.decided = decided, .acknowledged = acknowledged};

static struct request *new_request(struct app_id app, enum caller_kind caller)
{
    struct request *req = request_new();

    req->from = (struct address){.slot = 1, .generation = 1};
    req->caller = caller;
    req->app = app;
    req->identifier = SPAN_LIT("alice");
    return req;
}

static struct app_id make_app(struct sim_world *world)
{
    struct request *req = new_request((struct app_id){0}, CALLER_OPERATOR);
    struct app_id app;

    request_ref(req);
    sim_world_run(world, req, "admin.app_create", SPAN_LIT("{\"name\":\"Test\"}"));
    assert_true(sim_world_settle(world));
    app = ((const struct app_info *)req->result)->app;
    request_unref(req);
    return app;
}

/* Logs in by UserSig, or comes back with an a2; what a gateway then knows. */
static struct a2_claims log_in(struct sim_world *world, struct app_id app,
                               const struct a2_claims *again, uint64_t *ret_session)
{
    struct request *req = new_request(app, again ? CALLER_USER : CALLER_NOBODY);
    struct login_req *login = ARENA_NEW(&req->arena, struct login_req);
    struct a2_token token;

    login->platform = PLATFORM_WEB;
    req->operation = &login_operation;
    req->body = login;
    if (again) {
        req->has_a2 = true;
        req->a2 = *again;
    }
    request_ref(req);
    sim_world_start(world, req);
    assert_true(sim_world_settle(world));
    assert_int_equal(req->err, IM_OK);
    assert_true(a2_verify(shard_server_key(world->shard),
                          ((const struct login_result *)req->result)->a2, &token));
    *ret_session = req->bound_session_id;
    request_unref(req);
    return (struct a2_claims){{token.app}, {token.account}, token.instance, token.generation};
}

static void post(struct sim_world *world, struct app_id app, const struct a2_claims *a2,
                 uint64_t session, const char *command)
{
    struct request *req = new_request(app, CALLER_USER);

    req->has_a2 = true;
    req->a2 = *a2;
    req->session_id = session;
    sim_world_run(world, req, command, SPAN_LIT("{}"));
}

/* The first one ends the session that both have found before they waited. */
TEST(a_second_logout_that_waited_behind_the_first_is_answered)
{
    struct sim_world *world = sim_world_new(1, "2026-11-22", 9);
    struct answers answers = {0};
    struct app_id app;
    struct a2_claims a2;
    uint64_t session;

    world->patient = true;
    assert_int_equal(sim_world_open(world), IM_OK);
    app = make_app(world);
    a2 = log_in(world, app, NULL, &session);
    assert_true(sim_world_checkpoint(world));
    sim_world_crash(world, false);
    assert_int_equal(sim_world_open(world), IM_OK);
    log_in(world, app, &a2, &session);
    world->ops = &ops;
    world->arg = &answers;
    post(world, app, &a2, session, "im_open_status.wshello"); /* the day's set is loaded first */
    post(world, app, &a2, session, "im_open_status.wslogout");
    post(world, app, &a2, session, "im_open_status.wslogout");
    post(world, app, &a2, session, "im_open_status.wshello");
    assert_int_equal(answers.count, 0);
    assert_true(sim_world_settle(world));
    assert_int_equal(answers.count, 4);
    assert_int_equal(answers.err[0], IM_OK);
    assert_int_equal(answers.err[1], IM_OK);
    assert_int_equal(answers.err[2], IM_OK);
    assert_int_equal(answers.err[3], IM_ERR_SIG_EXPIRED);
    sim_world_free(world);
}

int main(void)
{
    return RUN_TESTS(T(a_second_logout_that_waited_behind_the_first_is_answered));
}
