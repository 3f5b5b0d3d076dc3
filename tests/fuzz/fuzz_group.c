/*
 * A day in groups: each line is a request, "WHO service.name body", WHO a terminal (0 to 3) or an
 * administrator (anything else); a line that is none lets a second pass. Whatever is asked, every
 * request is answered, and a restart finds the same rows that were there before.
 */
#include "support/test.h"

#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "support/member_fixture.h"

#define TERMINALS 4
#define LINES_MAX 48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct shard_fixture *begin(void)
{
    static const char *const names[TERMINALS] = {"olga", "anna", "ben", "carl"};
    struct shard_fixture *f = members_fixture();

    for (int i = 0; i < TERMINALS; i++)
        CHECK(fixture_login(f, names[i], PLATFORM_WEB) == i);
    fixture_operator(f, "admin.group_field_set",
                     "{\"app\":%u,\"level\":\"group\",\"key\":\"k\",\"read\":\"anyone\","
                     "\"write\":\"member\"}",
                     f->app.v);
    fixture_operator(f, "admin.group_field_set",
                     "{\"app\":%u,\"level\":\"member\",\"key\":\"m\",\"read\":\"anyone\","
                     "\"write\":\"member\"}",
                     f->app.v);
    members_create(f, "g", "Public", ",\"MemberList\":[{\"Member_Account\":\"anna\"}]");
    members_create(f, "p", "Private", ",\"MemberList\":[{\"Member_Account\":\"ben\"}]");
    members_create(f, "c", "ChatRoom", "");
    members_create(f, "r", "AVChatRoom", "");
    return f;
}

/* Up to the next `end`, taken off with it. */
static struct span take_until(struct span *from, char end)
{
    const char *at = from->n ? memchr(from->p, end, from->n) : NULL;
    size_t n = at ? (size_t)(at - from->p) : from->n, gone = at ? n + 1 : n;
    struct span taken = {from->p, n};

    *from = span_make(from->p + gone, from->n - gone);
    return taken;
}

/* Only what concerns groups and their place among the recents: the rest has tests of its own. */
static bool is_of_groups(const struct command *command)
{
    return command->operation.run && (strstr(command->service, "group_open") != NULL ||
                                      strcmp(command->service, "recentcontact") == 0);
}

static void ask(struct shard_fixture *f, struct span line)
{
    struct span who = take_until(&line, ' '), name = take_until(&line, ' '), rest = name;
    struct span service = take_until(&rest, '.');
    const struct command *command = command_find(service, rest);
    char full[256];

    if (!command || !is_of_groups(command) || memchr(line.p, 0, line.n)) {
        fixture_advance(f, 1);
        return;
    }
    snprintf(full, sizeof(full), "%s.%s", command->service, command->name);
    if (who.n && who.p[0] >= '0' && who.p[0] < '0' + TERMINALS && command->callers & BY_USER)
        fixture_user(f, who.p[0] - '0', full, "%.*s", SPAN_FMT(line));
    else if (command->callers & BY_ADMIN)
        fixture_admin(f, full, "%.*s", SPAN_FMT(line));
    fixture_forget(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_make(data, size);
    struct shard_fixture *f;
    uint64_t digest;

    log_set_level((enum log_level)(LOG_ERROR + 1));
    f = begin();
    for (int i = 0; i < LINES_MAX && input.n; i++)
        ask(f, take_until(&input, '\n'));
    fixture_advance(f, 60); /* what is held, and what is swept, comes to its end */
    fixture_drain(f);
    digest = fixture_digest(f);
    fixture_restart(f);
    CHECK(fixture_digest(f) == digest);
    fixture_free(f);
    return 0;
}
