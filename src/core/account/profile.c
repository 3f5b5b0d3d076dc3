#include "core/account/profile.h"

#include "core/apply.h"

static const struct {
    const char *name;
    bool is_number;
} tags[PROFILE_TAG_END] = {
    [PROFILE_NICK] = {"Tag_Profile_IM_Nick", false},
    [PROFILE_GENDER] = {"Tag_Profile_IM_Gender", false},
    [PROFILE_BIRTHDAY] = {"Tag_Profile_IM_BirthDay", true},
    [PROFILE_LOCATION] = {"Tag_Profile_IM_Location", false},
    [PROFILE_SIGNATURE] = {"Tag_Profile_IM_SelfSignature", false},
    [PROFILE_ALLOW_TYPE] = {"Tag_Profile_IM_AllowType", false},
    [PROFILE_LANGUAGE] = {"Tag_Profile_IM_Language", true},
    [PROFILE_IMAGE] = {"Tag_Profile_IM_Image", false},
    [PROFILE_MSG_SETTINGS] = {"Tag_Profile_IM_MsgSettings", true},
    [PROFILE_ADMIN_FORBID] = {"Tag_Profile_IM_AdminForbidType", false},
    [PROFILE_LEVEL] = {"Tag_Profile_IM_Level", true},
    [PROFILE_ROLE] = {"Tag_Profile_IM_Role", true},
};

/* The values that a string field may have; fields that are not here take any text. */
static const char *const choices[PROFILE_TAG_END][4] = {
    [PROFILE_GENDER] = {"Gender_Type_Unknown", "Gender_Type_Female", "Gender_Type_Male"},
    [PROFILE_ALLOW_TYPE] = {"AllowType_Type_NeedConfirm", "AllowType_Type_AllowAny",
                            "AllowType_Type_DenyAny"},
    [PROFILE_ADMIN_FORBID] = {"AdminForbid_Type_None", "AdminForbid_Type_SendOut"},
};

const char *profile_tag_name(uint16_t tag, bool *ret_is_number)
{
    if (tag >= PROFILE_TAG_END || !tags[tag].name)
        return NULL;
    *ret_is_number = tags[tag].is_number;
    return tags[tag].name;
}

bool profile_tag_find(struct span name, uint16_t *ret_tag, bool *ret_is_number)
{
    for (uint16_t tag = PROFILE_NICK; tag < PROFILE_TAG_END; tag++) {
        if (span_is(name, tags[tag].name)) {
            *ret_tag = tag;
            *ret_is_number = tags[tag].is_number;
            return true;
        }
    }
    return false;
}

enum im_err profile_text_check(uint16_t tag, struct span text)
{
    if (text.n > PROFILE_MAX_BYTES)
        return IM_ERR_PROFILE_TOO_LONG;
    if (tag == PROFILE_LOCATION && text.n > PROFILE_MAX_LOCATION_BYTES)
        return IM_ERR_PROFILE_VALUE;
    if (!choices[tag][0])
        return IM_OK;
    for (size_t i = 0; choices[tag][i]; i++) {
        if (span_is(text, choices[tag][i]))
            return IM_OK;
    }
    return IM_ERR_PROFILE_VALUE;
}

static enum state_found text_find(struct shard *shard, struct app_id app, struct account_no no,
                                  uint16_t tag, struct span *ret_text)
{
    struct row_key key;
    const void *value;
    size_t n;
    enum state_found found = row_find(shard, row_key_profile(&key, app, no, tag), &value, &n);

    *ret_text = found == STATE_HIT ? span_make(value, n) : (struct span){NULL, 0};
    return found;
}

enum state_found profile_face(struct shard *shard, struct app_id app, struct account_no no,
                              struct span *ret_nick, struct span *ret_image)
{
    /* Both are looked up first, so that one load brings both. */
    enum state_found nick = text_find(shard, app, no, PROFILE_NICK, ret_nick);
    enum state_found image = text_find(shard, app, no, PROFILE_IMAGE, ret_image);

    return nick == STATE_UNKNOWN || image == STATE_UNKNOWN ? STATE_UNKNOWN : STATE_HIT;
}

void profile_need(struct shard *shard, struct app_id app, struct account_no no, uint16_t tag)
{
    struct span text;

    text_find(shard, app, no, tag, &text);
}

void profile_set(struct shard *shard, struct app_id app, struct account_no no, uint16_t tag,
                 struct span value)
{
    struct fact_profile_set *fact;

    fact = fact_emit(shard, FACT_PROFILE_SET, sizeof(*fact) + value.n);
    fact->app = app.v;
    fact->account = no.v;
    fact->tag = tag;
    fact->value_bytes = (uint16_t)value.n;
    if (value.n)
        memcpy(fact + 1, value.p, value.n);
}

void apply_profile_set(struct shard *shard, const void *payload, size_t n, uint64_t number)
{
    const struct fact_profile_set *fact = payload;
    struct row_key key;
    void *value;

    (void)n, (void)number;
    value = row_put(shard,
                    row_key_profile(&key, (struct app_id){fact->app},
                                    (struct account_no){fact->account}, fact->tag),
                    fact->value_bytes);
    if (fact->value_bytes)
        memcpy(value, fact + 1, fact->value_bytes);
}
