/*
 * The bytes twice: as the text of a token, which nobody can make without the key; and as the
 * claims of one that is made, which must come back as they are. A login's token and a room's key
 * are told apart by their generation, so that is kept too.
 */
#include "base/bytes.h"
#include "base/check.h"
#include "wire/a2.h"

#define CLAIMS_BYTES ((size_t)25)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct a2_token *a, const struct a2_token *b)
{
    CHECK(a->app == b->app && a->account == b->account && a->instance == b->instance);
    CHECK(a->generation == b->generation && a->issued_s == b->issued_s);
    CHECK(strcmp(a->name, b->name) == 0);
}

/* The last byte says which of the text's characters is changed, and how. */
static void check_changed(const struct usersig_key *key, struct buf *text, uint8_t how)
{
    struct a2_token back;
    size_t at = how % text->n;
    char was = text->p[at];

    text->p[at] = (char)(how ^ was);
    CHECK(text->p[at] == was || !a2_verify(key, buf_span(text), &back));
    text->p[at] = was == 'A' ? 'B' : 'A';
    CHECK(!a2_verify(key, buf_span(text), &back));
    text->p[at] = was;
    CHECK(!a2_verify(key, (struct span){text->p, at}, &back));
}

static void check_made(const struct usersig_key *key, const uint8_t *data, size_t size)
{
    struct a2_token token = {
        .app = get_le32(data),
        .account = get_le32(data + 4),
        .instance = get_le32(data + 8),
        .generation = data[24] & 1 ? UINT32_MAX : get_le32(data + 12),
        .issued_s = get_le64(data + 16),
    };
    struct a2_token back;
    size_t n = size - CLAIMS_BYTES;
    struct buf text;

    memcpy(token.name, data + CLAIMS_BYTES, n < IDENTIFIER_MAX ? n : IDENTIFIER_MAX);
    buf_init(&text, A2_MAX_TEXT);
    a2_make(key, &token, &text);
    CHECK(!text.overflow && a2_verify(key, buf_span(&text), &back));
    check_same(&token, &back);
    check_changed(key, &text, data[size - 1]);
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct usersig_key key;
    static bool ready;
    struct a2_token token;

    if (!ready)
        usersig_key_init(&key, SPAN_LIT("the fuzzer does not know what stands here"));
    ready = true;
    CHECK(!a2_verify(&key, span_make(data, size), &token));
    if (size >= CLAIMS_BYTES)
        check_made(&key, data, size);
    return 0;
}
