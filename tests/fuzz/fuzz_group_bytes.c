/*
 * What groups keep as bytes of their own form: a tip, a notice, custom fields. First byte: which.
 * Any bytes are no tip and no notice, or are one that comes back the same from its encoding; the
 * fields of a member are what was merged into them, whatever their keys and values.
 */
#include "base/buf.h"
#include "base/check.h"
#include "core/group/field.h"
#include "core/group/member.h"
#include "core/group/notice.h"
#include "core/group/tip.h"

#define MERGES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_tip(struct arena *arena, struct span bytes)
{
    struct group_tip tip = {.kind = 0};
    struct span key, value;
    size_t taken = 0;

    if (!tip_decode(arena, bytes, &tip))
        return;
    CHECK(tip.kind >= TIP_JOINED && tip.kind <= TIP_MEMBER_MUTED);
    CHECK(tip.member_count <= TIP_MAX_MEMBERS);
    CHECK(span_eq(tip_encode(arena, &tip), bytes));
    while (tip_field_next(&tip.fields, &key, &value))
        taken += 4 + key.n + value.n;
    CHECK(taken <= bytes.n);
}

static void check_notice(struct arena *arena, struct span bytes)
{
    struct notice notice, back;
    struct span again;

    if (!notice_decode(bytes, &notice))
        return;
    again = notice_encode(arena, &notice);
    CHECK(again.n <= bytes.n && notice_decode(again, &back));
    CHECK(back.kind == notice.kind && back.group_type == notice.group_type);
    CHECK(back.msg_key == notice.msg_key && back.time == notice.time && back.seq == notice.seq);
    CHECK(span_eq(back.group_id, notice.group_id) && span_eq(back.group_name, notice.group_name));
    CHECK(span_eq(back.operator_name, notice.operator_name));
    CHECK(span_starts(notice.remark, back.remark));
    CHECK(span_starts(notice.user_field, back.user_field));
    CHECK(span_starts(notice.authentication, back.authentication));
    /* What was cut once is not cut again. */
    CHECK(span_eq(notice_encode(arena, &back), again));
}

static bool take(struct span *from, size_t n, struct span *ret)
{
    if (from->n < n)
        return false;
    *ret = span_make(from->p, n);
    *from = span_make(from->p + n, from->n - n);
    return true;
}

/* No value: the field is not there. */
static struct span value_of(struct span fields, struct span wanted)
{
    struct span key, value, found = {0};

    while (member_field_next(&fields, &key, &value)) {
        if (!span_eq(key, wanted))
            continue;
        CHECK(!found.n && value.n);
        found = value;
    }
    return found;
}

static void check_fields(struct arena *arena, struct span bytes)
{
    struct span lengths, key, value, fields = {0};

    for (int i = 0; i < MERGES_MAX && take(&bytes, 2, &lengths); i++) {
        struct field_value change;
        struct span before = fields;

        if (!take(&bytes, (size_t)lengths.p[0] & (FIELD_KEY_MAX - 1), &change.key) ||
            !take(&bytes, (size_t)lengths.p[1] & (MEMBER_FIELD_VALUE_MAX - 1), &change.value))
            return;
        fields = member_fields_merge(arena, before, &change, 1);
        CHECK(span_eq(value_of(fields, change.key), change.value));
        while (member_field_next(&before, &key, &value))
            CHECK(span_eq(key, change.key) || span_eq(value_of(fields, key), value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct span bytes;

    if (!size)
        return 0;
    arena_init(&arena);
    /* A block of its own, aligned as rows are, so that a step outside is seen. */
    bytes = arena_copy(&arena, span_make(data + 1, size - 1));
    if (data[0] % 3 == 0)
        check_tip(&arena, bytes);
    else if (data[0] % 3 == 1)
        check_notice(&arena, bytes);
    else
        check_fields(&arena, bytes);
    arena_release(&arena);
    return 0;
}
