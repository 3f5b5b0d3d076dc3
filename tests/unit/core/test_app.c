#include "support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "core/app/registry.h"
#include "core/billing/plans.h"
#include "core/billing/shipped.h"
#include "support/app_shard.h"

TEST(apps_count_up_from_1400000001_with_keys_of_64_hex_characters)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    char first[65], key[65];
    unsigned app;

    assert_int_equal(t->app.v, 1400000001);
    app_shard_operator(t, "admin.app_show", "{\"app\":1400000001}");
    assert_int_equal(sscanf(strstr(t->text, "\"key\":"), "\"key\":\"%64[0-9a-f]\"", first), 1);
    assert_int_equal(strlen(first), 64);
    app_shard_operator(t, "admin.app_create", "{\"name\":\"Second\"}");
    assert_int_equal(sscanf(strstr(t->text, "\"Result\":"),
                            "\"Result\":{\"sdkappid\":%u,\"key\":\"%64[0-9a-f]\",\"admin\":"
                            "\"administrator\"}}",
                            &app, key),
                     2);
    assert_int_equal(app, 1400000002);
    assert_string_not_equal(key, first);
    app_shard_restart(t);
    app_shard_operator(t, "admin.app_create", "{\"name\":\"Third\"}");
    assert_int_equal(app_shard_number(t, "sdkappid"), 1400000003);
    app_shard_free(t);
}

TEST(the_list_of_apps_has_no_keys_and_survives_a_restart)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_operator(t, "admin.app_create", "{\"name\":\"\\u4e2d\"}");
    app_shard_checkpoint(t);
    app_shard_restart(t);
    app_shard_operator(t, "admin.app_list", "{}");
    assert_non_null(strstr(t->text, "\"Result\":{\"items\":[{\"sdkappid\":1400000001,\"name\":"
                                    "\"Test\",\"admin\":\"administrator\",\"plan\":"
                                    "\"cloud-2018\",\"customer\":0,\"accounts\":1,\"created\":"
                                    "\"2026-11-23T01:00:00Z\"},{\"sdkappid\":1400000002,"));
    assert_null(strstr(t->text, "\"key\""));
    app_shard_free(t);
}

TEST(gateways_learn_of_an_app_when_it_is_made_and_at_every_start)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    struct app_entry entry;

    assert_true(app_registry_find(t->registry, t->app, &entry));
    assert_int_equal(entry.admin_count, 1);
    assert_string_equal(entry.admins[0], "administrator");
    assert_false(app_registry_find(t->registry, (struct app_id){1400000002}, &entry));
    app_shard_restart(t);
    assert_true(app_registry_find(t->registry, t->app, &entry));
    app_shard_checkpoint(t);
    app_shard_restart(t);
    assert_true(app_registry_find(t->registry, t->app, &entry));
    app_shard_free(t);
}

TEST(a_usersig_is_one_that_gateways_take)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    struct app_entry entry;
    struct usersig_claims claims;
    struct json reply, sig;
    struct span text;

    app_shard_operator(t, "admin.usersig", "{\"app\":1400000001,\"user\":\"ann\",\"expire\":60}");
    assert_true(json_parse(span_of(t->text), &reply));
    sig = json_member(json_member(reply, "Result"), "usersig");
    text = (struct span){sig.text.p + 1, sig.text.n - 2};
    assert_true(app_registry_find(t->registry, t->app, &entry));
    assert_int_equal(usersig_verify(&entry.key, t->app.v, SPAN_LIT("ann"), text,
                                    t->now_us / 1000000 + 60, &claims),
                     IM_OK);
    assert_int_equal(usersig_verify(&entry.key, t->app.v, SPAN_LIT("ann"), text,
                                    t->now_us / 1000000 + 61, &claims),
                     IM_ERR_SIG_EXPIRED);
    app_shard_operator(t, "admin.usersig", "{\"app\":1400000001,\"user\":\"ann\"}");
    assert_int_equal(app_shard_number(t, "expire"), 15552000);
    app_shard_free(t);
}

TEST(bad_names_and_unknown_apps_are_refused_with_a_sentence)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    static const char *const names[] = {
        "{}", "{\"name\":\"\"}", "{\"name\":\"a\\nb\"}",
        "{\"name\":\"12345678901234567890123456789012345678901234567890123456789012345\"}"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_non_null(strstr(app_shard_operator(t, "admin.app_create", names[i]),
                               "\"Detail\":\"an app's name is 1 to 64 bytes"));
    assert_non_null(strstr(app_shard_operator(t, "admin.app_show", "{\"app\":5}"),
                           "\"Detail\":\"there is no app 5\""));
    assert_non_null(
        strstr(app_shard_operator(t, "admin.usersig", "{\"app\":1400000001,\"user\":\"\"}"),
               "printable ASCII"));
    app_shard_operator(t, "admin.app_create", "{\"name\":\"Second\"}");
    assert_int_equal(app_shard_number(t, "sdkappid"), 1400000002);
    app_shard_free(t);
}

TEST(a_plan_of_a_stored_id_with_other_bytes_is_refused)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);
    const struct plan *plan = plans_default(t->shard);
    struct span file;
    char changed[8192];

    assert_non_null(plan);
    assert_string_equal(plan->id, PLAN_DEFAULT);
    assert_true(shipped_plan_find(SPAN_LIT(PLAN_DEFAULT), &file));
    assert_true(file.n < sizeof(changed));
    memcpy(changed, file.p, file.n);
    changed[file.n] = '\n';
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(plan_store(t->shard, (struct span){changed, file.n + 1}), IM_ERR_EXISTS);
    assert_int_equal(plan_store(t->shard, SPAN_LIT("{}")), IM_ERR_INVALID);
    log_set_level(LOG_INFO);
    assert_ptr_equal(plans_default(t->shard), plan);
    app_shard_free(t);
}

TEST(an_app_is_billed_by_its_stored_plan_when_the_server_brings_none)
{
    struct app_shard *t = app_shard_new("2026-11-23", 9);

    app_shard_checkpoint(t);
    t->without_plan = true;
    app_shard_restart(t);
    assert_null(plans_default(t->shard));
    app_shard_operator(t, "admin.bill", "{\"app\":1400000001,\"month\":\"2026-11\"}");
    assert_int_equal(app_shard_number(t, "total_fen"), 0);
    app_shard_operator(t, "admin.app_create", "{\"name\":\"Second\"}");
    assert_non_null(strstr(t->text, "started without a price plan"));
    app_shard_free(t);
}

int main(void)
{
    return RUN_TESTS(T(apps_count_up_from_1400000001_with_keys_of_64_hex_characters),
                     T(the_list_of_apps_has_no_keys_and_survives_a_restart),
                     T(gateways_learn_of_an_app_when_it_is_made_and_at_every_start),
                     T(a_usersig_is_one_that_gateways_take),
                     T(bad_names_and_unknown_apps_are_refused_with_a_sentence),
                     T(a_plan_of_a_stored_id_with_other_bytes_is_refused),
                     T(an_app_is_billed_by_its_stored_plan_when_the_server_brings_none));
}
