/* Members of groups in tests: commands of tests/unit/core/test_group_member.c and its kin, by REST
   where `terminal` is negative. */
#ifndef TESTS_SUPPORT_MEMBER_FIXTURE_H
#define TESTS_SUPPORT_MEMBER_FIXTURE_H

#include "support/shard_fixture.h"

#define GROUPS "group_open_http_svc."

/* Results are the command's. Lists of names: members_add takes "anna ben", the others
 * "\"anna\",\"ben\"". */
void members_create(struct shard_fixture *f, const char *id, const char *type, const char *more);
struct shard_fixture *members_fixture(void);
void members_accounts(struct shard_fixture *f, uint32_t count);
char *members_many(const char *before, const char *after, uint32_t first, uint32_t count);
enum im_err members_add(struct shard_fixture *f, int terminal, const char *id, const char *names);
const char *members_results(struct shard_fixture *f);
enum im_err members_kick(struct shard_fixture *f, int terminal, const char *id, const char *list,
                         const char *more);
enum im_err members_modify(struct shard_fixture *f, int terminal, const char *id, const char *who,
                           const char *what);
enum im_err members_mute(struct shard_fixture *f, const char *id, const char *list,
                         const char *time);
enum im_err members_own(struct shard_fixture *f, int terminal, const char *id, const char *who);
const char *members_role(struct shard_fixture *f, const char *id, const char *account);
void members_look(struct shard_fixture *f, const char *id, const char *account);
uint64_t members_count(struct shard_fixture *f, const char *id);
void members_same_after_restart(struct shard_fixture *f);
void members_say(struct shard_fixture *f, const char *id);

#endif
