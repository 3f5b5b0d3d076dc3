/*
 * `magpie usage export`: the ledger of an app and month into a file, page by page. The file has
 * its name once it is whole and on the disk; before that it is FILE.part.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/admin_client.h"
#include "cli/ledger.h"
#include "cli/options.h"
#include "core/usage/calendar.h"

static const char help[] =
    "usage: magpie usage export --app ID --month YYYY-MM --out FILE\n"
    "       magpie usage export --all --month YYYY-MM --dir DIR\n"
    "\n"
    "Writes all that an app's bill of a month was made of into a file, a line each, chained by\n"
    "hashes: the plan, every limit and its changes, who logged in on each day, the bill.\n"
    "`magpie bill verify FILE` works the bill out anew from it, without a server. The end hash "
    "that\n"
    "is printed, kept elsewhere, proves later that the file is still the same. A month that is "
    "not\n"
    "closed is exported up to yesterday, and marked as not final.\n"
    "\n"
    "  --app ID         the app's SDKAppID\n"
    "  --month YYYY-MM  the month\n"
    "  --out FILE       written as FILE.part first\n"
    "  --all            every app whose month is closed\n"
    "  --dir DIR        of --all: DIR/APP/YYYY-MM.jsonl\n" ADMIN_COMMON_HELP;

#define PATH_BYTES 4096
#define PAGES_OF_A_REPORT 16u

struct export
{
    const char *data;
    uint64_t app;
    const char *month;
    const char *path;
    bool json;
    FILE *out;
    uint64_t lines, pages;
    char hash[65]; /* of the last line */
};

/* ---- the file ---- */

static bool write_line(struct export *to, struct span line)
{
    if (line.n > 67)
        memcpy(to->hash, line.p + line.n - 66, 64);
    to->lines++;
    return fwrite(line.p, 1, line.n, to->out) == line.n && putc('\n', to->out) != EOF;
}

static bool write_page(struct export *to, struct json page)
{
    struct json_iter it = json_iter(json_member(page, "lines"));
    struct arena arena;
    struct json line;
    struct span key, text;
    bool good = true;

    arena_init(&arena);
    while (good && json_next(&it, &key, &line)) {
        good = json_to_string(line, &arena, &text);
        if (!good)
            fprintf(stderr, "magpie: the server's answer is not understood\n");
        else if (!write_line(to, text)) {
            fprintf(stderr, "magpie: cannot write %s: %s\n", to->path, strerror(errno));
            good = false;
        }
    }
    arena_release(&arena);
    return good;
}

static void report(const struct export *to, bool done)
{
    if (to->pages < PAGES_OF_A_REPORT || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r%s: %llu lines%s", to->path, (unsigned long long)to->lines,
            done ? "\n" : " ...");
}

static bool write_pages(struct export *to)
{
    char cursor[256] = "";
    bool good;

    do {
        struct admin_reply reply;
        struct buf body;

        admin_body_init(&body);
        admin_body_number(&body, "app", to->app);
        admin_body_text(&body, "month", to->month);
        if (cursor[0])
            admin_body_text(&body, "cursor", cursor);
        good = admin_call(to->data, "usage_export", admin_body_end(&body), &reply);
        buf_release(&body);
        if (!good)
            return false;
        good = write_page(to, reply.result);
        snprintf(cursor, sizeof(cursor), "%s", admin_text(reply.result, "next"));
        admin_reply_release(&reply);
        if (++to->pages % PAGES_OF_A_REPORT == 0)
            report(to, false);
    } while (good && cursor[0]);
    report(to, true);
    return good;
}

static bool finish(struct export *to, const char *part)
{
    bool good = fflush(to->out) == 0 && fsync(fileno(to->out)) == 0;

    good = fclose(to->out) == 0 && good && rename(part, to->path) == 0;
    if (!good)
        fprintf(stderr, "magpie: cannot write %s: %s\n", to->path, strerror(errno));
    return good;
}

static int export_one(struct export *to)
{
    char part[PATH_BYTES];
    int fd;

    if ((size_t)snprintf(part, sizeof(part), "%s.part", to->path) >= sizeof(part)) {
        fprintf(stderr, "magpie: the path %s is too long\n", to->path);
        return 1;
    }
    fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    to->out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!to->out) {
        fprintf(stderr, "magpie: cannot write %s: %s\n", part, strerror(errno));
        return 1;
    }
    if (!write_pages(to)) {
        fclose(to->out);
        unlink(part);
        return 1;
    }
    if (!finish(to, part))
        return 1;
    if (to->json)
        printf("{\"sdkappid\":%llu,\"month\":\"%s\",\"lines\":%llu,\"end_hash\":\"%s\"}\n",
               (unsigned long long)to->app, to->month, (unsigned long long)to->lines, to->hash);
    else
        printf("%s: %llu lines, end hash %s\n", to->path, (unsigned long long)to->lines, to->hash);
    return 0;
}

/* ---- all apps ---- */

/* Whether the app has a bill for the month; false, too, after a complaint: then *ret_failed. */
static bool is_closed(const struct export *of, bool *ret_failed)
{
    char before[CALENDAR_TEXT_BYTES];
    struct admin_reply reply;
    struct json_iter it;
    struct json bill;
    struct span key;
    struct buf body;
    uint32_t month = 0;
    bool good, closed;

    month_parse(span_of(of->month), &month);
    admin_body_init(&body);
    admin_body_number(&body, "app", of->app);
    admin_body_number(&body, "limit", 1);
    admin_body_text(&body, "cursor", month_format(month + 1, before));
    good = admin_call(of->data, "bill_list", admin_body_end(&body), &reply);
    buf_release(&body);
    if (!good) {
        *ret_failed = true;
        return false;
    }
    it = json_iter(json_member(reply.result, "items"));
    closed = json_next(&it, &key, &bill) && strcmp(admin_text(bill, "month"), of->month) == 0;
    admin_reply_release(&reply);
    return closed;
}

static bool make_directory(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    fprintf(stderr, "magpie: cannot make the directory %s: %s\n", path, strerror(errno));
    return false;
}

static bool export_into(struct export *to, const char *dir)
{
    char path[PATH_BYTES];
    bool failed = false;

    if (!is_closed(to, &failed))
        return !failed;
    snprintf(path, sizeof(path), "%s/%llu", dir, (unsigned long long)to->app);
    if (!make_directory(path))
        return false;
    snprintf(path, sizeof(path), "%s/%llu/%s.jsonl", dir, (unsigned long long)to->app, to->month);
    to->path = path;
    return export_one(to) == 0;
}

/* What fails for one app does not keep the others back. */
static int export_all(const struct export *like, const char *dir)
{
    char cursor[32] = "";
    bool good = make_directory(dir);

    if (!good)
        return 1;
    do {
        struct admin_reply reply;
        struct json_iter it;
        struct json app;
        struct span key;
        struct buf body;

        admin_body_init(&body);
        admin_body_number(&body, "limit", 500);
        if (cursor[0])
            admin_body_text(&body, "cursor", cursor);
        if (!admin_call(like->data, "app_list", admin_body_end(&body), &reply)) {
            buf_release(&body);
            return 1;
        }
        buf_release(&body);
        it = json_iter(json_member(reply.result, "items"));
        while (json_next(&it, &key, &app)) {
            struct export one = *like;

            one.app = admin_u64(app, "sdkappid");
            good = export_into(&one, dir) && good;
        }
        snprintf(cursor, sizeof(cursor), "%s", admin_text(reply.result, "next"));
        admin_reply_release(&reply);
    } while (cursor[0]);
    return !good;
}

int cli_usage_export(int argc, char **argv)
{
    const char *app = NULL, *month = NULL, *out = NULL, *dir = NULL;
    bool all = false;
    const struct cli_option options[] = {{"--app", &app, NULL},
                                         {"--month", &month, NULL},
                                         {"--out", &out, NULL},
                                         {"--dir", &dir, NULL},
                                         {"--all", NULL, &all}};
    struct cli_common common;
    struct export to = {0};
    int status = cli_options(argc, argv, help, options, 5, &common);

    if (status >= 0)
        return status;
    if (!month)
        return cli_missing("usage export", "--month");
    if (!cli_month("--month", month))
        return EXIT_USAGE;
    if (!app && !all)
        return cli_missing("usage export", "--app or --all");
    if (all && (app || out || !dir)) {
        fprintf(stderr, "magpie: --all goes with --dir, not with --app and --out\n");
        return EXIT_USAGE;
    }
    if (!all && (!out || dir))
        return cli_missing("usage export", "--out");
    to = (struct export){.data = common.data, .month = month, .path = out, .json = common.json};
    if (all)
        return export_all(&to, dir);
    return cli_number("--app", app, UINT32_MAX, &to.app) ? export_one(&to) : EXIT_USAGE;
}
