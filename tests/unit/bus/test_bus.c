#include "bus/bus.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "base/check.h"
#include "support/test.h"

struct side {
    sem_t woken;
    _Atomic(int) wakes;
};

static void wake(void *arg)
{
    struct side *side = arg;

    atomic_fetch_add(&side->wakes, 1);
    sem_post(&side->woken);
}

static struct bus_link *link_new(struct side *shard, struct side *gateway, uint32_t requests,
                                 uint32_t pushes)
{
    const struct bus_link_config config = {.max_requests = requests,
                                           .max_pushes = pushes,
                                           .wake_shard = wake,
                                           .wake_shard_arg = shard,
                                           .wake_gateway = wake,
                                           .wake_gateway_arg = gateway};

    sem_init(&shard->woken, 0, 0);
    sem_init(&gateway->woken, 0, 0);
    atomic_init(&shard->wakes, 0);
    atomic_init(&gateway->wakes, 0);
    return bus_link_new(&config);
}

static struct output reply_to(struct request *req, uint64_t position)
{
    return (struct output){.position = position, .req = req, .to = req->from, .kind = OUTPUT_REPLY};
}

static struct output push_to(uint32_t slot)
{
    return (struct output){.to = {.slot = slot, .generation = 1}, .kind = OUTPUT_PUSH};
}

TEST(requests_come_out_in_order_and_stop_at_the_limit)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 3, 4);
    struct request *extra = request_new();
    struct output output;

    for (uint64_t i = 0; i < 3; i++) {
        struct request *req = request_new();

        req->tag = i;
        assert_true(bus_post(link, req));
    }
    assert_false(bus_post(link, extra));
    for (uint64_t i = 0; i < 3; i++) {
        struct request *req = bus_take_request(link);

        assert_int_equal(req->tag, i);
        output = reply_to(req, 1);
        bus_put_output(link, &output);
    }
    assert_null(bus_take_request(link));
    /* Taken by the shard is not answered: still under way until the reply is taken. */
    assert_false(bus_post(link, extra));
    assert_true(bus_take_output(link, 1, &output));
    request_unref(output.req);
    assert_true(bus_post(link, extra));
    bus_link_free(link); /* unrefs two replies and one request */
}

TEST(an_output_waits_until_its_position_is_durable)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 4, 4);
    struct output output = push_to(7);

    output.position = 5;
    bus_put_output(link, &output);
    assert_false(bus_take_output(link, 4, &output));
    assert_true(bus_has_output(link));
    bus_notify_durable(link, 4);
    assert_int_equal(atomic_load(&gateway.wakes), 0);
    bus_notify_durable(link, 5);
    assert_int_equal(atomic_load(&gateway.wakes), 1);
    assert_true(bus_take_output(link, 5, &output));
    assert_int_equal(output.to.slot, 7);
    assert_false(bus_has_output(link));
    bus_link_free(link);
}

TEST(a_sleeping_gateway_is_woken_once_for_what_is_durable_already)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 4, 4);
    struct output output;

    assert_false(bus_take_output(link, 9, &output)); /* empty: it sleeps */
    for (int i = 0; i < 3; i++) {
        output = push_to(1);
        output.position = 9;
        bus_put_output(link, &output);
        bus_notify_durable(link, 9);
    }
    assert_int_equal(atomic_load(&gateway.wakes), 1);
    bus_link_free(link);
}

TEST(a_reply_that_shows_only_what_is_durable_overtakes_what_waits)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 4, 4);
    struct output output;
    struct bus_stats stats;

    bus_notify_durable(link, 10);
    for (uint64_t i = 0; i < 3; i++) {
        struct request *req = request_new();

        req->tag = i;
        assert_true(bus_post(link, req));
        assert_ptr_equal(bus_take_request(link), req);
        /* Of a command that wrote record 12, of a reader of old rows, of one that saw record 12. */
        output = reply_to(req, 12);
        output.shows = i == 1 ? 9 : i == 2 ? 12 : 0;
        bus_put_output(link, &output);
    }
    bus_stats(link, &stats);
    assert_int_equal(stats.early_replies, 1);
    assert_int_equal(stats.outputs_waiting, 2);
    assert_true(bus_take_output(link, 10, &output));
    assert_int_equal(output.req->tag, 1);
    assert_true(output.position <= 10);
    request_unref(output.req);
    assert_false(bus_take_output(link, 10, &output));
    bus_notify_durable(link, 12);
    for (uint64_t i = 0; i < 2; i++) {
        assert_true(bus_take_output(link, 12, &output));
        assert_int_equal(output.req->tag, i * 2);
        request_unref(output.req);
    }
    bus_link_free(link);
}

TEST(an_early_reply_wakes_a_gateway_that_waits_for_a_later_position)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 4, 4);
    struct request *req = request_new();
    struct output output = push_to(7);

    bus_notify_durable(link, 3);
    assert_true(bus_post(link, req));
    assert_ptr_equal(bus_take_request(link), req);
    output.position = 5;
    bus_put_output(link, &output);
    assert_false(bus_take_output(link, 3, &output));
    output = reply_to(req, 5);
    output.shows = 2;
    bus_put_output(link, &output);
    assert_int_equal(atomic_load(&gateway.wakes), 1);
    assert_true(bus_take_output(link, 3, &output));
    assert_ptr_equal(output.req, req);
    request_unref(req);
    assert_false(bus_take_output(link, 3, &output));
    bus_link_free(link);
}

TEST(an_early_reply_does_not_overtake_what_it_may_show)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 4, 4);
    struct request *req = request_new();
    struct output output;

    assert_true(bus_post(link, req));
    assert_ptr_equal(bus_take_request(link), req);
    for (uint64_t position = 4; position <= 6; position++) {
        output = push_to((uint32_t)position);
        output.position = position;
        bus_put_output(link, &output);
    }
    bus_notify_durable(link, 5);
    output = reply_to(req, 6);
    output.shows = 4;
    bus_put_output(link, &output);
    /* The gateway has not heard yet that 5 is durable. */
    assert_true(bus_take_output(link, 3, &output));
    assert_int_equal(output.to.slot, 4);
    assert_true(bus_take_output(link, 3, &output));
    assert_ptr_equal(output.req, req);
    request_unref(req);
    assert_true(bus_take_output(link, 5, &output));
    assert_int_equal(output.to.slot, 5);
    assert_false(bus_take_output(link, 5, &output));
    bus_link_free(link);
}

TEST(an_awake_shard_is_not_woken)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 4, 4);

    assert_true(bus_post(link, request_new()));
    bus_flush_requests(link);
    assert_int_equal(atomic_load(&shard.wakes), 0);
    assert_false(bus_shard_may_sleep(link));
    request_unref(bus_take_request(link));
    assert_true(bus_shard_may_sleep(link));
    assert_true(bus_post(link, request_new()));
    bus_flush_requests(link);
    bus_flush_requests(link);
    assert_int_equal(atomic_load(&shard.wakes), 1);
    bus_link_free(link);
}

TEST(a_push_without_room_closes_its_socket_and_replies_still_fit)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 2, 2);
    struct output output;
    struct bus_stats stats;
    int pushes = 0, closes = 0, replies = 0;

    for (int i = 0; i < 2; i++)
        assert_true(bus_post(link, request_new()));
    bus_stats(link, &stats);
    assert_int_equal(stats.requests_waiting, 2);
    for (uint32_t i = 0; i < 5; i++) {
        output = push_to(i / 2);
        bus_put_output(link, &output);
    }
    for (int i = 0; i < 2; i++) {
        output = reply_to(bus_take_request(link), 0);
        bus_put_output(link, &output);
    }
    bus_stats(link, &stats);
    assert_int_equal(stats.requests_waiting, 0);
    assert_int_equal(stats.outputs_waiting, 4);
    assert_int_equal(stats.pushes_lost, 3);
    assert_int_equal(stats.early_replies, 0);
    while (bus_take_output(link, 0, &output)) {
        pushes += output.kind == OUTPUT_PUSH;
        closes += output.kind == OUTPUT_CLOSE;
        replies += output.kind == OUTPUT_REPLY;
        if (output.kind == OUTPUT_CLOSE)
            assert_true(output.to.slot == 1 || output.to.slot == 2);
        if (output.req)
            request_unref(output.req);
    }
    assert_int_equal(pushes, 2);
    assert_int_equal(closes, 2); /* slots 1 and 2, each once */
    assert_int_equal(replies, 2);
    assert_true(atomic_load(&gateway.wakes) >= 1);
    bus_link_free(link);
}

TEST(a_push_to_many_takes_one_place_and_without_room_closes_all_its_sockets)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 2, 2);
    struct address many[500];
    const struct output push = {.kind = OUTPUT_PUSH, .many = many, .many_count = 500};
    struct output output;
    bool closed[500] = {false};
    uint32_t pushes = 0, closes = 0;

    for (uint32_t i = 0; i < 500; i++)
        many[i] = (struct address){.slot = i, .generation = 1};
    /* One fits. Those lost again and again are listed once. */
    for (uint32_t i = 0; i < 200; i++)
        bus_put_output(link, &push);
    while (bus_take_output(link, 0, &output)) {
        pushes += output.kind == OUTPUT_PUSH;
        closes += output.kind == OUTPUT_CLOSE;
        if (output.kind == OUTPUT_CLOSE)
            closed[output.to.slot] = true;
    }
    assert_int_equal(pushes, 1);
    assert_int_equal(closes, 500);
    for (uint32_t i = 0; i < 500; i++)
        assert_true(closed[i]);
    /* Taken, it makes room again. */
    bus_put_output(link, &push);
    assert_true(bus_take_output(link, 0, &output));
    assert_int_equal(output.kind, OUTPUT_PUSH);
    bus_link_free(link);
}

TEST(a_lost_list_that_is_full_closes_everybody)
{
    struct side shard, gateway;
    struct bus_link *link = link_new(&shard, &gateway, 2, 1);
    struct output output;
    bool everybody = false;

    for (uint32_t i = 0; i < 70000; i++) {
        output = push_to(i);
        bus_put_output(link, &output);
    }
    while (bus_take_output(link, 0, &output))
        everybody |= output.kind == OUTPUT_CLOSE && output.to.slot == UINT32_MAX;
    assert_true(everybody);
    bus_link_free(link);
}

/* ---- three threads: nothing is lost, nobody sleeps for ever ---- */

#define MESSAGES 30000u

struct threads {
    struct bus_link *link;
    struct side shard, gateway, sync;
    _Atomic(uint64_t) appended, durable;
    _Atomic(bool) done;
};

/* A wake-up that got lost would let this run into its end and fail the test. */
static void wait_for(struct side *side)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    CHECK(sem_timedwait(&side->woken, &until) == 0);
}

static void *shard_main(void *arg)
{
    struct threads *t = arg;
    uint64_t number = 0;

    while (number < MESSAGES) {
        struct request *req = bus_take_request(t->link);
        struct output output;

        if (!req) {
            bus_notify_durable(t->link, atomic_load(&t->durable));
            if (bus_shard_may_sleep(t->link))
                wait_for(&t->shard);
            continue;
        }
        /* Every fourth is a read: it may leave when what was written before it may. */
        if (number % 4)
            atomic_store(&t->appended, number);
        output = reply_to(req, atomic_load(&t->appended));
        bus_put_output(t->link, &output);
        number++;
        if (number % 3 == 0)
            bus_notify_durable(t->link, atomic_load(&t->durable));
        sem_post(&t->sync.woken);
    }
    bus_notify_durable(t->link, atomic_load(&t->durable));
    return NULL;
}

static void *sync_main(void *arg)
{
    struct threads *t = arg;

    while (!atomic_load(&t->done)) {
        wait_for(&t->sync);
        atomic_store(&t->durable, atomic_load(&t->appended));
        bus_notify_durable(t->link, atomic_load(&t->durable));
    }
    return NULL;
}

TEST(three_threads_lose_neither_messages_nor_wake_ups)
{
    struct threads t = {0};
    pthread_t shard, sync;
    uint64_t posted = 0, answered = 0;

    sem_init(&t.sync.woken, 0, 0);
    t.link = link_new(&t.shard, &t.gateway, 64, 8);
    CHECK(pthread_create(&shard, NULL, shard_main, &t) == 0);
    CHECK(pthread_create(&sync, NULL, sync_main, &t) == 0);
    while (answered < MESSAGES) {
        struct output output;
        uint64_t before = answered;

        for (uint32_t run = 0; posted < MESSAGES && run < 1 + posted % 40; run++) {
            struct request *req = request_new();

            req->tag = posted;
            if (!bus_post(t.link, req)) {
                request_unref(req);
                break;
            }
            posted++;
        }
        bus_flush_requests(t.link);
        while (bus_take_output(t.link, atomic_load(&t.durable), &output)) {
            CHECK(output.req->tag == answered++);
            CHECK(output.position <= atomic_load(&t.durable));
            request_unref(output.req);
        }
        if (answered == before && answered < MESSAGES)
            wait_for(&t.gateway);
    }
    atomic_store(&t.done, true);
    sem_post(&t.sync.woken);
    pthread_join(shard, NULL);
    pthread_join(sync, NULL);
    assert_int_equal(posted, MESSAGES);
    bus_link_free(t.link);
}

int main(void)
{
    return RUN_TESTS(T(requests_come_out_in_order_and_stop_at_the_limit),
                     T(an_output_waits_until_its_position_is_durable),
                     T(a_sleeping_gateway_is_woken_once_for_what_is_durable_already),
                     T(a_reply_that_shows_only_what_is_durable_overtakes_what_waits),
                     T(an_early_reply_wakes_a_gateway_that_waits_for_a_later_position),
                     T(an_early_reply_does_not_overtake_what_it_may_show),
                     T(an_awake_shard_is_not_woken),
                     T(a_push_without_room_closes_its_socket_and_replies_still_fit),
                     T(a_push_to_many_takes_one_place_and_without_room_closes_all_its_sockets),
                     T(a_lost_list_that_is_full_closes_everybody),
                     T(three_threads_lose_neither_messages_nor_wake_ups));
}
