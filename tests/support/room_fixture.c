#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/session/login.h"
#include "core/shard_internal.h"
#include "support/room_fixture.h"

#define SERVICE "group_open_http_svc."

struct shard_fixture *room_fixture(void)
{
    struct shard_fixture *f = fixture_new(1 << 20);

    fixture_account(f, "olga");
    fixture_account(f, "anna");
    fixture_account(f, "ben");
    fixture_account(f, "carl");
    fixture_admin(f, SERVICE "create_group",
                  "{\"Type\":\"AVChatRoom\",\"Name\":\"Live\",\"GroupId\":\"" ROOM_ID
                  "\",\"Owner_Account\":\"olga\"}");
    assert_int_equal(f->err, IM_OK);
    return f;
}

enum im_err room_enter(struct shard_fixture *f, int terminal)
{
    fixture_user(f, terminal, SERVICE "apply_join_group",
                 "{\"GroupId\":\"" ROOM_ID "\",\"WebPushFlag\":1,\"HugeGroupHistoryMsgFlag\":1}");
    return f->err;
}

enum im_err room_leave(struct shard_fixture *f, int terminal)
{
    fixture_user(f, terminal, SERVICE "quit_group", "{\"GroupId\":\"" ROOM_ID "\"}");
    return f->err;
}

enum im_err room_speak(struct shard_fixture *f, int terminal, const char *text)
{
    fixture_user(f, terminal, SERVICE "send_group_msg",
                 "{\"GroupId\":\"" ROOM_ID "\",\"Random\":%u,\"MsgBody\":[{\"MsgType\":"
                 "\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]}",
                 ++f->seq, text);
    return f->err;
}

uint64_t room_count(struct shard_fixture *f)
{
    fixture_admin(f, SERVICE "get_online_member_num", "{\"GroupId\":\"" ROOM_ID "\"}");
    assert_int_equal(f->err, IM_OK);
    return fixture_number(f, "OnlineMemberNum");
}

static void run(struct shard_fixture *f, struct request *req)
{
    f->waiting++;
    shard_begin(f->shard, f->now_us);
    shard_run(f->shard, req);
    fixture_drain(f);
}

static void decode(struct request *req, const char *name, const char *json)
{
    const char *point = strchr(name, '.');
    const struct command *command =
        command_find((struct span){name, (size_t)(point - name)}, span_of(point + 1));

    if (!command)
        fail_msg("no command %s", name);
    assert_int_equal(command_decode(command, req, arena_copy(&req->arena, span_of(json))), IM_OK);
}

struct a2_claims room_a2(struct shard_fixture *f, int terminal)
{
    const struct session *session =
        session_table_find(f->shard->sessions, f->terminal[terminal].session);

    assert_non_null(session);
    return (struct a2_claims){
        .app = f->app, .account = session->account, .instance = session->instance};
}

int room_return(struct shard_fixture *f, const char *name, struct a2_claims a2)
{
    struct request *req = request_new();
    int terminal = f->terminals++;

    snprintf(f->terminal[terminal].name, sizeof(f->terminal[0].name), "%s", name);
    req->caller = CALLER_USER;
    req->app = f->app;
    req->identifier = arena_copy(&req->arena, span_of(name));
    req->has_a2 = true;
    req->a2 = a2;
    req->account = a2.account;
    req->from = (struct address){.slot = (uint32_t)terminal, .generation = 1};
    req->tag = (uint64_t)terminal + 1;
    decode(req, "openim.getmsg", "{}");
    run(f, req);
    return terminal;
}

void room_drop(struct shard_fixture *f, int terminal)
{
    struct request *req = request_new();

    req->operation = &session_closed;
    req->caller = CALLER_SYSTEM;
    req->app = f->app;
    req->session_id = f->terminal[terminal].session;
    req->from = (struct address){.gateway = UINT16_MAX};
    session_table_find(f->shard->sessions, req->session_id)->at = req->from;
    f->waiting--; /* nobody is answered */
    run(f, req);
}

const char *room_guest(struct shard_fixture *f, uint32_t socket, const char *command,
                       const char *json, ...)
{
    struct request *req = request_new();
    va_list args;
    char *body;

    va_start(args, json);
    assert_true(vasprintf(&body, json, args) >= 0);
    va_end(args);
    req->caller = CALLER_NOBODY;
    req->app = f->app;
    req->from = (struct address){.slot = socket, .generation = 1};
    decode(req, command, body);
    free(body);
    run(f, req);
    return f->text;
}

bool room_held(struct shard_fixture *f)
{
    return shard_held(f->shard) > 0;
}
