/*
 * The bytes three times: as the text of a UserSig, as the packed bytes in one and as its document,
 * none of which may be accepted; and as the claims of one that is made and then must be.
 */
#include <zlib.h>

#include "base/check.h"
#include "wire/base64.h"
#include "wire/usersig.h"

#define APP 1400000000u
#define NOW_S 1546300800u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refused(const struct usersig_key *key, struct span text)
{
    struct usersig_claims claims;
    enum im_err err = usersig_verify(key, APP, SPAN_LIT("administrator"), text, NOW_S, &claims);

    /* Without the key nothing can be signed. */
    CHECK(err == IM_ERR_SIG_EMPTY || err == IM_ERR_SIG_MALFORMED || err == IM_ERR_SIG_V1 ||
          err == IM_ERR_SIG_WRONG);
}

static void check_packed(const struct usersig_key *key, struct span packed)
{
    char text[4096];
    size_t n;

    if (base64_text_bytes(packed.n) > sizeof(text))
        return;
    n = base64_encode(BASE64_USERSIG, packed, text);
    check_refused(key, (struct span){text, n});
}

static void check_document(const struct usersig_key *key, struct span document)
{
    Bytef packed[8192];
    uLongf n = sizeof(packed);

    if (compress2(packed, &n, (const Bytef *)document.p, document.n, 1) == Z_OK)
        check_packed(key, span_make(packed, n));
}

/* One byte says how long the identifier is; what follows it is the userbuf. */
static void check_made(const struct usersig_key *key, struct span input)
{
    struct span identifier, userbuf;
    struct usersig_claims claims;
    struct buf made;

    if (input.n < 1 || input.n < 1 + ((size_t)input.p[0] & 31))
        return;
    identifier = (struct span){input.p + 1, (size_t)input.p[0] & 31};
    userbuf = (struct span){input.p + 1 + identifier.n, input.n - 1 - identifier.n};
    buf_init(&made, USERSIG_MAX_TEXT);
    if (usersig_make(key, APP, identifier, NOW_S, input.n, userbuf, &made) == IM_OK) {
        CHECK(!made.overflow && identifier_valid(identifier));
        CHECK(usersig_verify(key, APP, identifier, buf_span(&made), NOW_S, &claims) == IM_OK);
        CHECK(span_is(identifier, claims.identifier) && claims.expire_s == input.n);
        made.p[made.n / 2] = made.p[made.n / 2] == 'A' ? 'B' : 'A';
        CHECK(usersig_verify(key, APP, identifier, buf_span(&made), NOW_S, &claims) != IM_OK);
    }
    buf_release(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct usersig_key key;
    static bool ready;
    struct span input = span_make(data, size);

    if (!ready)
        usersig_key_init(&key, SPAN_LIT("the fuzzer does not know what stands here"));
    ready = true;
    check_refused(&key, input);
    check_packed(&key, input);
    check_document(&key, input);
    check_made(&key, input);
    return 0;
}
