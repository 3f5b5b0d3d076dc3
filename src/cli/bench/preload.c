/*
 * Fills a server by REST over one connection, so many calls ahead of their replies: accounts p0,
 * p1, ... a hundred a call; then messages, five hundred a call, ten to each conversation.
 */
#include <stdio.h>

#include "cli/bench/rest.h"

#define RECEIVERS_A_CALL 500
#define MESSAGES_A_CONVERSATION 10

static void put_names(struct buf *body, uint64_t first, uint64_t count, uint64_t modulo)
{
    for (uint64_t i = 0; i < count; i++)
        buf_printf(body, "%s\"p%llu\"", i ? "," : "", (unsigned long long)((first + i) % modulo));
}

static bool preload_messages(struct rest *rest, uint64_t accounts, uint64_t messages)
{
    static const char text[] = "a message that was there before, as long as those that are "
                               "measured: one hundred and twenty-eight bytes of text in all, "
                               "or so";
    struct buf body;
    bool ok = true;

    buf_init(&body, 65536);
    for (uint64_t call = 0; ok && call * RECEIVERS_A_CALL < messages; call++) {
        uint64_t round = call / MESSAGES_A_CONVERSATION;
        uint64_t sender = round * 7919 % accounts;

        buf_reset(&body);
        buf_printf(&body, "{\"SyncOtherMachine\":1,\"From_Account\":\"p%llu\",\"To_Account\":[",
                   (unsigned long long)sender);
        put_names(&body, sender + 1, RECEIVERS_A_CALL, accounts);
        buf_printf(&body,
                   "],\"MsgRandom\":%llu,\"MsgBody\":[{\"MsgType\":\"TIMTextElem\","
                   "\"MsgContent\":{\"Text\":\"%s\"}}]}",
                   (unsigned long long)call, text);
        ok = rest_call(rest, "openim/batchsendmsg", buf_span(&body));
        bench_progress("preloading messages: %llu of %llu",
                       (unsigned long long)((call + 1) * RECEIVERS_A_CALL),
                       (unsigned long long)messages);
    }
    buf_release(&body);
    return ok && rest_wait(rest, 0);
}

bool bench_preload(const struct bench_server *server, uint64_t accounts, uint64_t messages)
{
    struct rest rest;
    bool ok;

    if (messages && accounts < 2 * RECEIVERS_A_CALL) {
        fprintf(stderr, "magpie bench: --preload-messages needs at least %d --preload-accounts\n",
                2 * RECEIVERS_A_CALL);
        return false;
    }
    ok = rest_open(&rest, server) && rest_import_accounts(&rest, "p", accounts) &&
         preload_messages(&rest, accounts, messages);
    rest_close(&rest);
    if (!ok)
        fprintf(stderr, "magpie bench: preloading failed\n");
    return ok;
}
