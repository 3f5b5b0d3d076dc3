/* Writing JSON. */
#include "wire/json.h"

#include "wire/json_text.h"
#include "wire/utf8.h"

static void put_escape(struct buf *buf, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    const char *letter = "";

    switch (c) {
    case '"':
        letter = "\\\"";
        break;
    case '\\':
        letter = "\\\\";
        break;
    case '\b':
        letter = "\\b";
        break;
    case '\f':
        letter = "\\f";
        break;
    case '\n':
        letter = "\\n";
        break;
    case '\r':
        letter = "\\r";
        break;
    case '\t':
        letter = "\\t";
        break;
    default:
        break;
    }
    if (*letter)
        buf_add(buf, letter, 2);
    else
        buf_add(buf, text, sizeof(text));
}

void json_put_string(struct buf *buf, struct span text)
{
    /* An empty text may have no address. */
    const char *p = text.n ? text.p : "", *end = p + text.n;
    size_t before = buf->n;

    buf_add_char(buf, '"');
    while (p < end) {
        const char *run = p;

        p = json_plain_end(p, end);
        buf_add(buf, run, (size_t)(p - run));
        if (p < end)
            put_escape(buf, (unsigned char)*p++);
    }
    buf_add_char(buf, '"');
    /* As for every addition to a buf: what does not fit is dropped whole. */
    if (buf->overflow)
        buf->n = before;
}

bool utf8_valid(struct span text)
{
    const char *p = text.n ? text.p : "", *end = p + text.n;
    uint64_t word;

    while (p && p < end) {
        if (end - p >= 8) {
            memcpy(&word, p, 8);
            if (!(word & JSON_EACH_BYTE(0x80))) {
                p += 8;
                continue;
            }
        }
        p = (unsigned char)*p >= 0x80 ? utf8_run_end(p, end) : p + 1;
    }
    return p == end;
}
