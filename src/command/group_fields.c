#include "command/group_fields.h"

enum im_err group_fields_decode(struct request *req, struct json list, uint32_t max,
                                struct field_value **ret_values, uint32_t *ret_count)
{
    struct json_iter it = json_iter(list);
    struct json item;
    struct span key;
    uint32_t count = 0;

    *ret_count = 0;
    if (list.type == JSON_NONE || list.type == JSON_NULL)
        return IM_OK;
    if (list.type != JSON_ARRAY || json_count(list) > max)
        return IM_ERR_GROUP_PARAM;
    *ret_values = ARENA_ARRAY(&req->arena, struct field_value, json_count(list) + 1);
    while (json_next(&it, &key, &item)) {
        struct field_value *value = &(*ret_values)[count++];

        if (!json_to_string(json_member(item, "Key"), &req->arena, &value->key) ||
            !json_to_string(json_member(item, "Value"), &req->arena, &value->value))
            return IM_ERR_GROUP_PARAM;
    }
    *ret_count = count;
    return IM_OK;
}

void group_field_put(struct buf *into, struct span key, struct span value, bool first)
{
    if (!first)
        BUF_LIT(into, ",");
    BUF_LIT(into, "{\"Key\":");
    json_put_string(into, key);
    BUF_LIT(into, ",\"Value\":");
    json_put_string(into, value);
    BUF_LIT(into, "}");
}
