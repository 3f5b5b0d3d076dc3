/* Profiles (server-api §3.3; web-http-protocol §9). */
#include "command/services.h"
#include "core/account/portrait.h"

/* ---- portrait_set ---- */

struct set_fields {
    struct portrait_set_req req; /* first: what the core reads */
    struct json items;
};

static const struct field set_fields[] = {
    {.name = "From_Account",
     .type = FIELD_ACCOUNT,
     .flags = FIELD_REQUIRED | FIELD_SELF,
     .offset = FIELD_AT(struct set_fields, req.account),
     .missing = IM_ERR_PROFILE_PARAM,
     .bad = IM_ERR_PROFILE_PARAM},
    {.name = "ProfileItem",
     .type = FIELD_ARRAY,
     .flags = FIELD_REQUIRED,
     .offset = FIELD_AT(struct set_fields, items),
     .max = 2 * PROFILE_TAG_END,
     .missing = IM_ERR_PROFILE_PARAM,
     .bad = IM_ERR_PROFILE_PARAM},
};

static enum im_err item_decode(struct request *req, struct json item, struct portrait_item *ret)
{
    struct json value = json_member(item, "Value");
    struct span tag;

    if (item.type != JSON_OBJECT || !json_to_string(json_member(item, "Tag"), &req->arena, &tag) ||
        value.type == JSON_NONE)
        return IM_ERR_PROFILE_PARAM;
    if (!profile_tag_find(tag, &ret->tag, &ret->is_number))
        return IM_ERR_PROFILE_TAG;
    if (ret->is_number) {
        if (value.type != JSON_NUMBER)
            return IM_ERR_PROFILE_TYPE;
        return json_to_u32(value, &ret->number) ? IM_OK : IM_ERR_PROFILE_VALUE;
    }
    if (!json_to_string(value, &req->arena, &ret->text))
        return IM_ERR_PROFILE_TYPE;
    return profile_text_check(ret->tag, ret->text);
}

static enum im_err set_decode(struct request *req, struct json body)
{
    struct set_fields *set = req->body;
    struct json_iter it = json_iter(set->items);
    struct portrait_item *items = ARENA_ARRAY(&req->arena, struct portrait_item, PROFILE_TAG_END);
    struct json json;
    struct span key;

    (void)body;
    while (json_next(&it, &key, &json)) {
        struct portrait_item item = {0};
        enum im_err err = item_decode(req, json, &item);
        uint32_t at = 0;

        if (err)
            return err;
        while (at < set->req.count && items[at].tag != item.tag)
            at++;
        items[at] = item;
        if (at == set->req.count)
            set->req.count++;
    }
    set->req.items = items;
    return set->req.count && set->req.account.n ? IM_OK : IM_ERR_PROFILE_PARAM;
}

static const struct command portrait_set_command = {
    .operation = {.number = 11, .rate = RATE_STANDARD, .run = portrait_set},
    .service = "profile",
    .name = "portrait_set",
    .callers = BY_ADMIN | BY_USER,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_PROFILE_PARAM,
    .not_admin = IM_ERR_PROFILE_ADMIN,
    .fields = set_fields,
    .field_count = sizeof(set_fields) / sizeof(set_fields[0]),
    .request_bytes = sizeof(struct set_fields),
    .decode = set_decode,
    .reads = "account, the fields that it sets, sessions",
    .about = "Sets fields of an account's profile and tells the account's other terminals.",
};

/* ---- portrait_get, portrait_get_all ---- */

struct get_fields {
    struct portrait_get_req req; /* first: what the core reads */
    struct account_list accounts, tags;
    struct json items;
};

static const struct field get_fields[] = {
    {.name = "To_Account",
     .type = FIELD_ACCOUNTS,
     .flags = FIELD_REQUIRED,
     .offset = FIELD_AT(struct get_fields, accounts),
     .max_count = PORTRAIT_MAX_ACCOUNTS,
     .missing = IM_ERR_PROFILE_NO_ACCOUNT,
     .bad = IM_ERR_PROFILE_PARAM,
     .too_many = IM_ERR_PROFILE_PARAM},
    {.name = "TagList",
     .type = FIELD_STRINGS,
     .flags = FIELD_REQUIRED,
     .offset = FIELD_AT(struct get_fields, tags),
     .max = 64,
     .max_count = 2 * PROFILE_TAG_END,
     .missing = IM_ERR_PROFILE_PARAM,
     .bad = IM_ERR_PROFILE_PARAM,
     .too_many = IM_ERR_PROFILE_PARAM},
};

static enum im_err get_decode(struct request *req, struct json body)
{
    struct get_fields *get = req->body;
    uint16_t tag;
    bool is_number;

    (void)body;
    get->req.accounts = get->accounts.items;
    get->req.count = get->accounts.count;
    for (uint32_t i = 0; i < get->tags.count; i++) {
        if (!profile_tag_find(get->tags.items[i], &tag, &is_number))
            return IM_ERR_PROFILE_TAG;
        get->req.tags[tag] = true;
    }
    return IM_OK;
}

static const struct field get_all_fields[] = {
    {.name = "UserItem",
     .type = FIELD_ARRAY,
     .flags = FIELD_REQUIRED,
     .offset = FIELD_AT(struct get_fields, items),
     .max = PORTRAIT_MAX_ACCOUNTS,
     .missing = IM_ERR_PROFILE_NO_ACCOUNT,
     .bad = IM_ERR_PROFILE_PARAM},
};

/* The sequences that the client knows are not looked at: it gets the whole profile. */
static enum im_err get_all_decode(struct request *req, struct json body)
{
    struct get_fields *get = req->body;
    struct json_iter it = json_iter(get->items);
    struct json item;
    struct span key;

    (void)body;
    get->req.all_tags = true;
    get->req.skip_missing = true;
    get->req.accounts = ARENA_ARRAY(&req->arena, struct span, json_count(get->items));
    while (json_next(&it, &key, &item)) {
        if (item.type != JSON_OBJECT ||
            !json_to_string(json_member(item, "To_Account"), &req->arena,
                            &get->req.accounts[get->req.count++]))
            return IM_ERR_PROFILE_PARAM;
    }
    return get->req.count ? IM_OK : IM_ERR_PROFILE_NO_ACCOUNT;
}

static void put_item(const struct portrait_item *item, struct buf *into)
{
    bool is_number;

    BUF_LIT(into, "{\"Tag\":");
    json_put_string(into, span_of(profile_tag_name(item->tag, &is_number)));
    BUF_LIT(into, ",\"Value\":");
    if (item->is_number)
        buf_add_u64(into, item->number);
    else
        json_put_string(into, item->text);
    BUF_LIT(into, "}");
}

static void put_account(const struct portrait_account *account, struct buf *into)
{
    enum im_err err = account->exists ? IM_OK : IM_ERR_PROFILE_ACCOUNT_MISSING;

    BUF_LIT(into, "{\"To_Account\":");
    json_put_string(into, account->account);
    BUF_LIT(into, ",\"ProfileItem\":[");
    for (uint32_t i = 0; i < account->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_item(&account->items[i], into);
    }
    BUF_LIT(into, "],\"ResultCode\":");
    buf_add_i64(into, err_public(err));
    BUF_LIT(into, ",\"ResultInfo\":");
    json_put_string(into, span_of(err_text(err)));
    BUF_LIT(into, "}");
}

static void get_encode(struct request *req, struct buf *into)
{
    const struct portrait_get_result *result = req->result;
    bool first = true;

    BUF_LIT(into, ",\"UserProfileItem\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_account(&result->accounts[i], into);
    }
    BUF_LIT(into, "],\"Fail_Account\":[],\"Invalid_Account\":[");
    for (uint32_t i = 0; i < result->count; i++) {
        if (result->accounts[i].exists)
            continue;
        if (!first)
            BUF_LIT(into, ",");
        first = false;
        json_put_string(into, result->accounts[i].account);
    }
    BUF_LIT(into, "]");
}

static const struct command portrait_get_command = {
    .operation = {.number = 10, .rate = RATE_STANDARD, .run = portrait_get},
    .service = "profile",
    .name = "portrait_get",
    .callers = BY_ADMIN | BY_USER,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_PROFILE_PARAM,
    .not_admin = IM_ERR_PROFILE_ADMIN,
    .fields = get_fields,
    .field_count = sizeof(get_fields) / sizeof(get_fields[0]),
    .request_bytes = sizeof(struct get_fields),
    .decode = get_decode,
    .encode = get_encode,
    .reads = "accounts, profiles",
    .about = "The named fields of up to 100 profiles, those that are set.",
};

static const struct command portrait_get_all = {
    .operation = {.number = 12, .run = portrait_get},
    .service = "profile",
    .name = "portrait_get_all",
    .callers = BY_USER,
    .envelope = ENVELOPE_DISPLAY,
    .bad_json = IM_ERR_PROFILE_PARAM,
    .not_admin = IM_ERR_PROFILE_ADMIN,
    .fields = get_all_fields,
    .field_count = sizeof(get_all_fields) / sizeof(get_all_fields[0]),
    .request_bytes = sizeof(struct get_fields),
    .decode = get_all_decode,
    .encode = get_encode,
    .reads = "accounts, profiles",
    .about = "All fields that are set in up to 100 profiles; accounts that do not exist are left "
             "out.",
};

const struct command *const commands_profile[] = {&portrait_get_command, &portrait_set_command,
                                                  &portrait_get_all, NULL};
