/* Groups in tests with a shard_fixture: made, joined and spoken in by REST. */
#ifndef TESTS_SUPPORT_GROUP_FIXTURE_H
#define TESTS_SUPPORT_GROUP_FIXTURE_H

#include "support/shard_fixture.h"

/* A group whose GroupId and name are `id`. `members`: elements of MemberList, or "". */
void group_make(struct shard_fixture *f, const char *type, const char *id, const char *owner,
                const char *members);
/* A text message; returns its seq. */
uint32_t group_say(struct shard_fixture *f, const char *id, const char *from, const char *text);

#endif
