#include "wire/http_line.h"

enum http_line http_take_line(struct span *text, struct span *ret_line)
{
    const char *feed = text->n ? memchr(text->p, '\n', text->n) : NULL;
    size_t n;

    if (!feed)
        return HTTP_LINE_PARTIAL;
    n = (size_t)(feed - text->p);
    if (n == 0 || feed[-1] != '\r')
        return HTTP_LINE_BAD;
    *ret_line = (struct span){text->p, n - 1};
    text->p += n + 1;
    text->n -= n + 1;
    return HTTP_LINE;
}

static bool is_token_char(unsigned char c)
{
    static const uint8_t chars[256] = {
        ['!'] = 1, ['#' ... '\''] = 1, ['*'] = 1,         ['+'] = 1, ['-'] = 1,
        ['.'] = 1, ['0' ... '9'] = 1,  ['A' ... 'Z'] = 1, ['^'] = 1, ['_'] = 1,
        ['`'] = 1, ['a' ... 'z'] = 1,  ['|'] = 1,         ['~'] = 1,
    };

    return chars[c];
}

bool http_is_token(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_token_char((unsigned char)s.p[i]))
            return false;
    }
    return s.n > 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct span http_trim(struct span s)
{
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool http_split_field(struct span line, struct span *ret_name, struct span *ret_value)
{
    size_t at = 0;

    while (at < line.n && is_token_char((unsigned char)line.p[at]))
        at++;
    if (at == 0 || at == line.n || line.p[at] != ':')
        return false;
    *ret_name = (struct span){line.p, at};
    for (size_t i = at + 1; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    *ret_value = http_trim((struct span){line.p + at + 1, line.n - at - 1});
    return true;
}

bool http_same(struct span s, const char *lower)
{
    size_t i;

    for (i = 0; i < s.n && lower[i]; i++) {
        char c = s.p[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c != lower[i])
            return false;
    }
    return i == s.n && lower[i] == '\0';
}
