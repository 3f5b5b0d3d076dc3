/* Pushes to many, requests that are held, timers: with operations of the test's own. */
#include "support/test.h"

#include "base/hash.h"
#include "command/command.h"
#include "core/app/app.h"
#include "core/app/registry.h"
#include "core/billing/shipped.h"
#include "core/session/session.h"
#include "core/shard.h"
#include "core/usage/calendar.h"
#include "core/usage/usage.h"
#include "support/sim_disk.h"

#define START_US UINT64_C(1600000000000000)

static struct {
    struct shard *shard;
    struct disk *disk;
    struct state_engine *engine;
    struct zone *zone;
    struct app_registry *registry;
    struct app_id app;
    struct output outputs[64];
    uint32_t output_count;
} world;

static void put(void *arg, const struct output *output)
{
    (void)arg;
    assert_true(world.output_count < 64);
    world.outputs[world.output_count++] = *output;
}

static void random_bytes(void *arg, void *p, size_t n)
{
    (void)arg;
    memset(p, 7, n);
}

static void forget_outputs(void)
{
    for (uint32_t i = 0; i < world.output_count; i++)
        request_unref(world.outputs[i].req);
    world.output_count = 0;
}

static void make_app(void)
{
    const struct command *command = command_find(SPAN_LIT("admin"), SPAN_LIT("app_create"));
    struct request *req = request_new();
    struct state_load *load;

    req->caller = CALLER_OPERATOR;
    req->from.gateway = 0;
    assert_int_equal(command_decode(command, req, SPAN_LIT("{\"name\":\"Test\"}")), IM_OK);
    shard_run(world.shard, req);
    while ((load = shard_take_load(world.shard))) {
        state_load_read(load);
        shard_loaded(world.shard, load);
    }
    assert_int_equal(req->err, IM_OK);
    world.app = ((const struct app_info *)req->result)->app;
    forget_outputs();
}

static int setup(void **state)
{
    struct shard_config config = {.sink = {put, NULL},
                                  .cache_bytes = 1 << 20,
                                  .random_bytes = random_bytes,
                                  .checkpoint_bytes = UINT64_MAX,
                                  .checkpoint_rows = UINT64_MAX,
                                  .checkpoint_age_us = UINT64_MAX};

    (void)state;
    hash_init();
    world.disk = sim_disk_new();
    world.engine = engine_memory_new();
    world.registry = app_registry_new();
    assert_int_equal(zone_open(ZONE_DEFAULT, &world.zone), IM_OK);
    config.journal = (struct journal_config){.disk = world.disk, .segment_bytes = 1 << 20};
    config.engine = world.engine;
    config.zone = world.zone;
    config.registry = world.registry;
    assert_true(shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &config.plan));
    assert_int_equal(shard_open(&config, START_US, &world.shard), IM_OK);
    shard_begin(world.shard, START_US);
    make_app();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shard_close(world.shard);
    forget_outputs();
    state_engine_close(world.engine);
    sim_disk_free(world.disk);
    zone_free(world.zone);
    app_registry_free(world.registry);
    return 0;
}

static struct request *run_as(const struct operation *operation, uint16_t gateway, void *body)
{
    struct request *req = request_new();
    struct state_load *load;

    req->operation = operation;
    req->caller = CALLER_SYSTEM;
    req->app = world.app;
    req->from = (struct address){.gateway = gateway, .slot = 5, .generation = 1};
    req->body = body;
    shard_run(world.shard, req);
    while ((load = shard_take_load(world.shard))) {
        state_load_read(load);
        shard_loaded(world.shard, load);
    }
    return req;
}

static uint64_t last_record(void)
{
    return journal_next(shard_journal(world.shard)) - 1;
}

/* IM_AGAIN until the rows are there; then a fact that may be emitted any time. */
static enum im_err emit(struct shard *shard)
{
    struct fact_call *fact;

    usage_need(shard, world.app, 0, (struct account_no){0}, 1);
    if (shard_missing(shard))
        return IM_AGAIN;
    fact = fact_emit(shard, FACT_CALL, sizeof(*fact));
    fact->app = world.app.v;
    fact->command = 1;
    return IM_OK;
}

/* ---- pushes to many ---- */

static struct session sessions[7] = {
    {.at = {.gateway = 2, .slot = 1}}, {.at = {.gateway = 0, .slot = 2}},
    {.at = {.gateway = 2, .slot = 3}}, {.at = {.gateway = 2, .slot = 4}},
    {.at = {.gateway = 1, .slot = 5}}, {.at = {.gateway = 0, .slot = 6}},
    {.at = {.gateway = 2, .slot = 7}}};

static enum im_err push_all(struct shard *shard, struct request *req)
{
    static const struct push_status status = {.status = 1};
    struct session *all[7];
    enum im_err err = emit(shard);

    if (err)
        return err;
    for (int i = 0; i < 7; i++)
        all[i] = &sessions[i];
    push_to_session(shard, req, all[0], PUSH_STATUS, &status);
    push_to_many(shard, req, all, 0, PUSH_STATUS, &status, false);
    push_to_many(shard, req, all, 7, PUSH_STATUS, &status, true);
    push_to_session(shard, req, all[0], PUSH_STATUS, &status);
    return IM_OK;
}

static void assert_many(const struct output *output, uint16_t gateway, const uint32_t *slots,
                        uint32_t count)
{
    assert_int_equal(output->kind, OUTPUT_PUSH);
    assert_int_equal(output->to.gateway, gateway);
    assert_int_equal(output->many_count, count);
    assert_true(output->relaxed);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(output->many[i].gateway, gateway);
        assert_int_equal(output->many[i].slot, slots[i]);
    }
}

TEST(a_push_to_many_is_one_output_a_gateway_in_the_order_of_the_pushes)
{
    static const struct operation operation = {.run = push_all};
    const struct output *out = world.outputs;

    run_as(&operation, UINT16_MAX, NULL);
    assert_int_equal(world.output_count, 5);
    assert_null(out[0].many);
    assert_many(&out[1], 2, (const uint32_t[]){1, 3, 4, 7}, 4);
    assert_many(&out[2], 0, (const uint32_t[]){2, 6}, 2);
    assert_many(&out[3], 1, (const uint32_t[]){5}, 1);
    assert_null(out[4].many);
    for (int i = 0; i < 5; i++)
        assert_int_equal(out[i].position, last_record());
    /* One number for all of it. */
    assert_int_equal(out[1].notice_seq, out[0].notice_seq + 1);
    assert_int_equal(out[2].notice_seq, out[1].notice_seq);
    assert_int_equal(out[3].notice_seq, out[1].notice_seq);
    assert_int_equal(out[4].notice_seq, out[1].notice_seq + 1);
}

/* ---- held requests ---- */

static struct request *held[SHARD_MAX_HELD];
static uint32_t held_count;

static enum im_err hold(struct shard *shard, struct request *req)
{
    static const struct push_status status = {.status = 1};
    enum im_err err = emit(shard);

    if (err)
        return err;
    if (!shard_may_hold(shard, req))
        return IM_ERR_OVERLOADED;
    push_to_session(shard, req, &sessions[0], PUSH_STATUS, &status);
    held[held_count++] = req;
    return IM_HELD;
}
static const struct operation hold_operation = {.run = hold, .may_hold = true};

/* body: the error to end with itself. */
static enum im_err answer_all(struct shard *shard, struct request *req)
{
    enum im_err err = emit(shard);

    if (err)
        return err;
    for (uint32_t i = 0; i < held_count; i++)
        shard_answer(shard, held[i], IM_ERR_HTTP);
    held_count = 0;
    return req->body ? *(enum im_err *)req->body : IM_OK;
}
static const struct operation answer_operation = {.run = answer_all};

TEST(a_held_request_keeps_its_fact_and_push_and_is_answered_behind_the_answering_record)
{
    uint64_t position;

    run_as(&hold_operation, 0, NULL);
    position = last_record();
    assert_int_equal(world.output_count, 1);
    assert_int_equal(world.outputs[0].kind, OUTPUT_PUSH);
    assert_int_equal(world.outputs[0].position, position);
    assert_int_equal(shard_held(world.shard), 1);
    forget_outputs();

    run_as(&answer_operation, 3, NULL);
    assert_int_equal(last_record(), position + 1);
    assert_int_equal(world.output_count, 2);
    assert_int_equal(world.outputs[0].to.gateway, 3);
    assert_int_equal(world.outputs[0].req->err, IM_OK);
    assert_int_equal(world.outputs[1].kind, OUTPUT_REPLY);
    assert_int_equal(world.outputs[1].to.gateway, 0);
    assert_int_equal(world.outputs[1].to.slot, 5);
    assert_int_equal(world.outputs[1].req->err, IM_ERR_HTTP);
    assert_int_equal(world.outputs[1].position, position + 1);
    assert_int_equal(atomic_load(&world.outputs[1].req->references), 1);
    assert_int_equal(shard_held(world.shard), 0);
}

TEST(a_held_request_is_answered_even_if_the_answering_command_fails)
{
    enum im_err failure = IM_ERR_OVERLOADED;
    uint64_t position;

    run_as(&hold_operation, 0, NULL);
    forget_outputs();
    position = last_record();
    run_as(&answer_operation, 3, &failure);
    assert_int_equal(last_record(), position); /* its fact is dropped */
    assert_int_equal(world.output_count, 2);
    assert_int_equal(world.outputs[0].req->err, IM_ERR_OVERLOADED);
    assert_int_equal(world.outputs[1].req->err, IM_ERR_HTTP);
    assert_int_equal(world.outputs[1].position, position);
}

TEST(a_held_request_is_answered_outside_of_commands_too)
{
    run_as(&hold_operation, 0, NULL);
    forget_outputs();
    held_count = 0;
    shard_answer(world.shard, held[0], IM_OK);
    assert_int_equal(world.output_count, 1);
    assert_int_equal(world.outputs[0].kind, OUTPUT_REPLY);
    assert_int_equal(world.outputs[0].position, last_record());
}

TEST(requests_of_a_gateway_are_held_up_to_a_limit)
{
    for (uint32_t i = 0; i < SHARD_MAX_HELD; i++) {
        run_as(&hold_operation, 1, NULL);
        forget_outputs();
    }
    assert_int_equal(shard_held(world.shard), SHARD_MAX_HELD);
    run_as(&hold_operation, 1, NULL);
    assert_int_equal(world.output_count, 1);
    assert_int_equal(world.outputs[0].req->err, IM_ERR_OVERLOADED);
    forget_outputs();
    /* Those of another gateway have room of their own; each answer makes room again. */
    held_count--;
    shard_answer(world.shard, held[held_count], IM_OK);
    run_as(&hold_operation, 1, NULL);
    assert_int_equal(shard_held(world.shard), SHARD_MAX_HELD);
    forget_outputs();
    while (held_count) {
        shard_answer(world.shard, held[--held_count], IM_OK);
        forget_outputs();
    }
}

/* ---- timers ---- */

static uint64_t fired[16];
static uint32_t fired_count;

static enum im_err fire(struct shard *shard, struct request *req)
{
    enum im_err err = emit(shard);

    if (err)
        return err;
    assert_int_equal(req->caller, CALLER_SYSTEM);
    assert_int_equal(req->app.v, world.app.v);
    fired[fired_count++] = req->tag;
    for (uint32_t i = 0; i < held_count; i++)
        shard_answer(shard, held[i], IM_OK);
    held_count = 0;
    return IM_OK;
}

TEST(timers_fire_in_the_order_of_time_and_setting_and_may_answer)
{
    static const struct operation operation = {.run = fire};
    static const uint64_t due[] = {50, 10, 30, 10, 20, 10, 90, 30};
    static const uint64_t order[] = {1, 3, 5, 4, 2, 7, 0};
    uint64_t position;

    fired_count = 0;
    run_as(&operation, UINT16_MAX, NULL); /* the rows are there from now on */
    run_as(&hold_operation, 0, NULL);
    forget_outputs();
    position = last_record();
    fired_count = 0;
    for (uint64_t i = 0; i < 8; i++)
        assert_true(shard_at(world.shard, START_US + due[i], &operation, world.app, i));
    shard_begin(world.shard, START_US + 9);
    assert_int_equal(fired_count, 0);
    shard_begin(world.shard, START_US + 89);
    assert_int_equal(fired_count, 7);
    for (int i = 0; i < 7; i++)
        assert_int_equal(fired[i], order[i]);
    assert_int_equal(world.output_count, 1);
    assert_int_equal(world.outputs[0].position, position + 1); /* of the first one's record */
    shard_begin(world.shard, START_US + 90);
    assert_int_equal(fired_count, 8);
    assert_int_equal(fired[7], 6);
}

TEST(timers_are_bounded)
{
    static const struct operation operation = {.run = fire};

    for (uint32_t i = 0; i < SHARD_MAX_TIMERS; i++)
        assert_true(shard_at(world.shard, START_US + 1000 + i, &operation, world.app, i));
    assert_false(shard_at(world.shard, START_US + 1, &operation, world.app, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_push_to_many_is_one_output_a_gateway_in_the_order_of_the_pushes, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_held_request_keeps_its_fact_and_push_and_is_answered_behind_the_answering_record,
            setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_held_request_is_answered_even_if_the_answering_command_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(a_held_request_is_answered_outside_of_commands_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(requests_of_a_gateway_are_held_up_to_a_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(timers_fire_in_the_order_of_time_and_setting_and_may_answer,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(timers_are_bounded, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
