/* The two names that clients carry around: MsgKey of a message, TinyId of an account. */
#include "command/command.h"

void msgkey_put(struct buf *into, struct message_key key)
{
    buf_add_u64(into, key.seq);
    BUF_LIT(into, "_");
    buf_add_u64(into, key.random);
    BUF_LIT(into, "_");
    buf_add_u64(into, key.time);
}

/* Takes a number from the front up to `end` (a character, or 0 for the end of the text). One
   spelling a number: no sign, no leading zeros. */
static bool part_take(struct span *text, char end, uint32_t *ret_value)
{
    const char *stop = end ? memchr(text->p, end, text->n) : text->p + text->n;
    struct span digits;
    uint64_t value;

    if (!stop)
        return false;
    digits = (struct span){text->p, (size_t)(stop - text->p)};
    if (!span_to_u64(digits, &value) || value > UINT32_MAX || (digits.n > 1 && digits.p[0] == '0'))
        return false;
    text->n -= digits.n + (end != 0);
    text->p = stop + (end != 0);
    *ret_value = (uint32_t)value;
    return true;
}

bool msgkey_parse(struct span text, struct message_key *ret_key)
{
    struct message_key key;

    if (!text.n || !part_take(&text, '_', &key.seq) || !part_take(&text, '_', &key.random) ||
        !part_take(&text, 0, &key.time))
        return false;
    *ret_key = key;
    return true;
}

/* Every TinyId has the same 18 digits of length, and none is a small number that a client could
   take for something else; the SDK treats it as text. */
#define TINYID_BASE (UINT64_C(1) << 57)
#define TINYID_DIGITS 18

void tinyid_put(struct buf *into, struct account_no no)
{
    buf_add_u64(into, TINYID_BASE + no.v);
}

bool tinyid_parse(struct span text, struct account_no *ret_no)
{
    uint64_t value;

    if (text.n != TINYID_DIGITS || !span_to_u64(text, &value) || value <= TINYID_BASE ||
        value - TINYID_BASE > UINT32_MAX)
        return false;
    *ret_no = (struct account_no){(uint32_t)(value - TINYID_BASE)};
    return true;
}
