/*
 * Making: claims -> signed lines -> HMAC -> JSON -> zlib -> base64 with substitutions.
 * Verifying goes the other way. Every length is bounded before anything is computed from it, and
 * nothing of the document is believed before the signature over it was checked.
 */
#include "wire/usersig.h"

#include <openssl/crypto.h>
#include <zlib.h>

#include "wire/base64.h"
#include "wire/inflate.h"
#include "wire/json.h"

#define MAC_BYTES 32
#define MAC_TEXT 44
#define NUMBER_MAX_DIGITS 10
#define NUMBER_MAX 9999999999u
#define AHEAD_MAX_S 300

/* All parts come out of a document of at most USERSIG_MAX_JSON bytes; the rest is the labels. */
#define LINES_MAX_BYTES (USERSIG_MAX_JSON + 128)

/* What is signed, as text. userbuf.p is NULL when there is none. */
struct parts {
    struct span identifier;
    struct span sdkappid;
    struct span time;
    struct span expire;
    struct span userbuf; /* base64 */
};

bool identifier_valid(struct span identifier)
{
    if (identifier.n < 1 || identifier.n > IDENTIFIER_MAX)
        return false;
    for (size_t i = 0; i < identifier.n; i++) {
        if (identifier.p[i] < 0x20 || identifier.p[i] > 0x7e)
            return false;
    }
    return true;
}

/* ---- signing ---- */

static char *put(char *at, struct span s)
{
    memcpy(at, s.p, s.n);
    return at + s.n;
}

static char *put_line(char *at, struct span label, struct span value)
{
    at = put(put(at, label), value);
    *at++ = '\n';
    return at;
}

static void sign(const struct usersig_key *key, const struct parts *parts, uint8_t mac[MAC_BYTES])
{
    char lines[LINES_MAX_BYTES];
    char *at = lines;

    at = put_line(at, SPAN_LIT("TLS.identifier:"), parts->identifier);
    at = put_line(at, SPAN_LIT("TLS.sdkappid:"), parts->sdkappid);
    at = put_line(at, SPAN_LIT("TLS.time:"), parts->time);
    at = put_line(at, SPAN_LIT("TLS.expire:"), parts->expire);
    if (parts->userbuf.p)
        at = put_line(at, SPAN_LIT("TLS.userbuf:"), parts->userbuf);
    usersig_hmac(key, (struct span){lines, (size_t)(at - lines)}, mac);
}

static void put_document(struct buf *json, const struct parts *parts, struct span sig)
{
    BUF_LIT(json, "{\"TLS.ver\":\"2.0\",\"TLS.identifier\":");
    json_put_string(json, parts->identifier);
    BUF_LIT(json, ",\"TLS.sdkappid\":");
    buf_add_span(json, parts->sdkappid);
    BUF_LIT(json, ",\"TLS.expire\":");
    buf_add_span(json, parts->expire);
    BUF_LIT(json, ",\"TLS.time\":");
    buf_add_span(json, parts->time);
    if (parts->userbuf.p) {
        BUF_LIT(json, ",\"TLS.userbuf\":");
        json_put_string(json, parts->userbuf);
    }
    BUF_LIT(json, ",\"TLS.sig\":");
    json_put_string(json, sig);
    buf_add_char(json, '}');
}

static enum im_err pack(struct span json, struct buf *into)
{
    Bytef packed[USERSIG_MAX_TEXT / 4 * 3];
    char text[USERSIG_MAX_TEXT];
    uLongf packed_bytes = sizeof(packed);

    /* Z_BUF_ERROR: the text would be over USERSIG_MAX_TEXT. */
    if (compress2(packed, &packed_bytes, (const Bytef *)json.p, json.n, Z_BEST_COMPRESSION) != Z_OK)
        return IM_ERR_INVALID;
    buf_add(into, text, base64_encode(BASE64_USERSIG, span_make(packed, packed_bytes), text));
    return IM_OK;
}

static enum im_err make(const struct usersig_key *key, const struct parts *parts, struct buf *into)
{
    struct buf json;
    uint8_t mac[MAC_BYTES];
    char sig[MAC_TEXT];
    enum im_err err = IM_ERR_INVALID;

    sign(key, parts, mac);
    base64_encode(BASE64_STANDARD, span_make(mac, sizeof(mac)), sig);
    buf_init(&json, USERSIG_MAX_JSON);
    put_document(&json, parts, (struct span){sig, sizeof(sig)});
    if (!json.overflow)
        err = pack(buf_span(&json), into);
    buf_release(&json);
    return err;
}

enum im_err usersig_make(const struct usersig_key *key, uint32_t sdkappid, struct span identifier,
                         uint64_t now_s, uint64_t expire_s, struct span userbuf, struct buf *into)
{
    char userbuf_text[USERSIG_MAX_JSON], digits[3 * NUMBER_MAX_DIGITS];
    struct buf numbers = {.p = digits, .room = sizeof(digits), .max = sizeof(digits)};
    struct parts parts = {.identifier = identifier};

    if (!identifier_valid(identifier) || now_s > NUMBER_MAX || expire_s > NUMBER_MAX ||
        userbuf.n > USERSIG_MAX_JSON || base64_text_bytes(userbuf.n) > sizeof(userbuf_text))
        return IM_ERR_INVALID;
    buf_add_u64(&numbers, sdkappid);
    parts.sdkappid = buf_span(&numbers);
    buf_add_u64(&numbers, now_s);
    parts.time = (struct span){parts.sdkappid.p + parts.sdkappid.n, numbers.n - parts.sdkappid.n};
    parts.expire.p = numbers.p + numbers.n;
    buf_add_u64(&numbers, expire_s);
    parts.expire.n = (size_t)(numbers.p + numbers.n - parts.expire.p);
    if (userbuf.n)
        parts.userbuf =
            (struct span){userbuf_text, base64_encode(BASE64_STANDARD, userbuf, userbuf_text)};
    return make(key, &parts, into);
}

/* ---- verifying ---- */

enum member {
    VER,
    IDENTIFIER,
    SDKAPPID,
    EXPIRE,
    TIME,
    USERBUF,
    SIG,
    V1_VERSION,
    V1_APPID,
    MEMBERS
};

static const char *const member_names[MEMBERS] = {
    [VER] = "TLS.ver",
    [IDENTIFIER] = "TLS.identifier",
    [SDKAPPID] = "TLS.sdkappid",
    [EXPIRE] = "TLS.expire",
    [TIME] = "TLS.time",
    [USERBUF] = "TLS.userbuf",
    [SIG] = "TLS.sig",
    [V1_VERSION] = "TLS.version",
    [V1_APPID] = "TLS.appid_at_3rd",
};

/* A decoded document that nobody has vouched for yet. */
struct ticket {
    struct parts parts;
    uint64_t sdkappid;
    uint64_t time_s;
    uint64_t expire_s;
    uint8_t mac[MAC_BYTES];
};

/* ^[0-9]{1,10}$, as a JSON number or in a string: some signers quote them. */
static bool read_number(struct json value, struct arena *arena, struct span *ret_text,
                        uint64_t *ret_value)
{
    *ret_text = value.text;
    if (value.type != JSON_NUMBER && !json_to_string(value, arena, ret_text))
        return false;
    return ret_text->n <= NUMBER_MAX_DIGITS && span_to_u64(*ret_text, ret_value);
}

static bool read_userbuf(struct json value, struct arena *arena, struct span *ret_text)
{
    char decoded[USERSIG_MAX_JSON];
    size_t n;

    if (value.type == JSON_NONE)
        return true;
    return json_to_string(value, arena, ret_text) &&
           base64_decode(BASE64_STANDARD, *ret_text, decoded, &n);
}

static bool read_sig(struct json value, struct arena *arena, uint8_t mac[MAC_BYTES])
{
    uint8_t decoded[MAC_TEXT / 4 * 3];
    struct span text;
    size_t n;

    if (!json_to_string(value, arena, &text) || text.n != MAC_TEXT ||
        !base64_decode(BASE64_STANDARD, text, decoded, &n) || n != MAC_BYTES)
        return false;
    memcpy(mac, decoded, MAC_BYTES);
    return true;
}

static enum im_err read_document(struct json root, struct arena *arena, struct ticket *ret_ticket)
{
    struct json found[MEMBERS];
    struct ticket t = {0};
    struct span version;

    json_members(root, member_names, found, MEMBERS);
    if (found[VER].type == JSON_NONE &&
        (found[V1_VERSION].type != JSON_NONE || found[V1_APPID].type != JSON_NONE))
        return IM_ERR_SIG_V1;
    if (!json_to_string(found[VER], arena, &version) || !span_is(version, "2.0") ||
        !json_to_string(found[IDENTIFIER], arena, &t.parts.identifier) ||
        !identifier_valid(t.parts.identifier) ||
        !read_number(found[SDKAPPID], arena, &t.parts.sdkappid, &t.sdkappid) ||
        !read_number(found[TIME], arena, &t.parts.time, &t.time_s) ||
        !read_number(found[EXPIRE], arena, &t.parts.expire, &t.expire_s) ||
        !read_userbuf(found[USERBUF], arena, &t.parts.userbuf) ||
        !read_sig(found[SIG], arena, t.mac))
        return IM_ERR_SIG_MALFORMED;
    *ret_ticket = t;
    return IM_OK;
}

/* `json` has room for USERSIG_MAX_JSON bytes. */
static enum im_err unpack(struct span text, char *json, struct json *ret_root)
{
    uint8_t packed[USERSIG_MAX_TEXT / 4 * 3];
    size_t packed_bytes, json_bytes;

    if (text.n == 0)
        return IM_ERR_SIG_EMPTY;
    if (text.n > USERSIG_MAX_TEXT || !base64_decode(BASE64_USERSIG, text, packed, &packed_bytes) ||
        !inflate_bounded(span_make(packed, packed_bytes), json, USERSIG_MAX_JSON, &json_bytes) ||
        !json_parse((struct span){json, json_bytes}, ret_root))
        return IM_ERR_SIG_MALFORMED;
    return IM_OK;
}

static enum im_err check(const struct usersig_key *key, const struct ticket *t, uint32_t sdkappid,
                         struct span identifier, uint64_t now_s)
{
    uint8_t mac[MAC_BYTES];

    sign(key, &t->parts, mac);
    if (CRYPTO_memcmp(mac, t->mac, MAC_BYTES) != 0)
        return IM_ERR_SIG_WRONG;
    /* Signed in the future: a signer with a wrong clock, or a ticket laid in for later. */
    if (t->time_s > now_s && t->time_s - now_s > AHEAD_MAX_S)
        return IM_ERR_SIG_WRONG;
    if (!span_eq(t->parts.identifier, identifier))
        return IM_ERR_SIG_IDENTIFIER;
    if (t->sdkappid != sdkappid)
        return IM_ERR_SIG_APP;
    /* Ten digits each: the sum fits. */
    if (t->time_s + t->expire_s < now_s)
        return IM_ERR_SIG_EXPIRED;
    return IM_OK;
}

enum im_err usersig_verify(const struct usersig_key *key, uint32_t sdkappid, struct span identifier,
                           struct span text, uint64_t now_s, struct usersig_claims *ret_claims)
{
    _Alignas(8) char scratch[USERSIG_MAX_JSON];
    char json[USERSIG_MAX_JSON];
    struct arena arena;
    struct ticket ticket;
    struct json root;
    enum im_err err;

    err = unpack(text, json, &root);
    if (err != IM_OK)
        return err;
    arena_init_with(&arena, scratch, sizeof(scratch));
    err = read_document(root, &arena, &ticket);
    if (err == IM_OK)
        err = check(key, &ticket, sdkappid, identifier, now_s);
    if (err == IM_OK) {
        *ret_claims = (struct usersig_claims){
            .sdkappid = sdkappid,
            .time_s = ticket.time_s,
            .expire_s = ticket.expire_s,
        };
        memcpy(ret_claims->identifier, identifier.p, identifier.n);
    }
    arena_release(&arena);
    return err;
}
