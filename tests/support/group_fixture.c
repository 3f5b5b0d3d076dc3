#include "support/test.h"

#include "support/group_fixture.h"

void group_make(struct shard_fixture *f, const char *type, const char *id, const char *owner,
                const char *members)
{
    fixture_admin(f, "group_open_http_svc.create_group",
                  "{\"Type\":\"%s\",\"GroupId\":\"%s\",\"Name\":\"%s\",\"Owner_Account\":\"%s\","
                  "\"MemberList\":[%s]}",
                  type, id, id, owner, members);
    assert_int_equal(f->err, IM_OK);
}

uint32_t group_say(struct shard_fixture *f, const char *id, const char *from, const char *text)
{
    fixture_admin(f, "group_open_http_svc.send_group_msg",
                  "{\"GroupId\":\"%s\",\"From_Account\":\"%s\",\"Random\":%u,\"MsgBody\":[{"
                  "\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"%s\"}}]}",
                  id, from, ++f->seq, text);
    assert_int_equal(f->err, IM_OK);
    return (uint32_t)fixture_number(f, "MsgSeq");
}
