#include "command/group_seqs.h"

bool group_number_decode(struct request *req, struct json value, uint32_t *ret)
{
    struct span text;
    uint64_t number;

    if (json_to_u32(value, ret))
        return true;
    if (!json_to_string(value, &req->arena, &text) || !span_to_u64(text, &number) ||
        number > UINT32_MAX)
        return false;
    *ret = (uint32_t)number;
    return true;
}

enum im_err group_seqs_decode(struct request *req, struct json array, uint32_t max,
                              uint32_t **ret_seqs, uint32_t *ret_count)
{
    struct json_iter it = json_iter(array);
    size_t count = json_count(array);
    struct span key;
    struct json item;
    uint32_t *seqs, n = 0;

    if (array.type != JSON_ARRAY || !count || count > max)
        return IM_ERR_GROUP_PARAM;
    seqs = ARENA_ARRAY(&req->arena, uint32_t, count);
    while (json_next(&it, &key, &item)) {
        if (item.type == JSON_OBJECT)
            item = json_member(item, "MsgSeq");
        if (!group_number_decode(req, item, &seqs[n++]))
            return IM_ERR_GROUP_PARAM;
    }
    *ret_seqs = seqs;
    *ret_count = n;
    return IM_OK;
}
