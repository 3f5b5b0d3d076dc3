/* Between the parts of a load of groups: how its commands are made. */
#ifndef TESTS_SUPPORT_SIM_GROUP_LOAD_INTERNAL_H
#define TESTS_SUPPORT_SIM_GROUP_LOAD_INTERNAL_H

#include "support/sim_group_load.h"

#define JSON_ROOM 4096
#define GROUPS "group_open_http_svc."

/* The JSON of a command. */
struct text {
    char p[JSON_ROOM];
    size_t n;
};

uint64_t gl_draw(struct sim_group_load *load, uint64_t below);
bool gl_toss(struct sim_group_load *load);
uint32_t gl_now_s(const struct sim_group_load *load);

uint8_t gl_some_account(struct sim_group_load *load);
/* Few, or so many that they take two records. */
uint32_t gl_some_accounts(struct sim_group_load *load);
/* A user with a terminal; mostly one that has this role. */
uint8_t gl_some_user(struct sim_group_load *load, unsigned slot, uint8_t role);
uint8_t gl_some_member(struct sim_group_load *load, unsigned slot);
/* On some group, by some user of this role or by REST. */
struct gl_op gl_op_of(struct sim_group_load *load, enum gl_kind kind, uint8_t role);

struct request *gl_request_for(struct sim_group_load *load, const struct gl_op *op);
void gl_as_user(struct sim_group_load *load, struct request *req, unsigned account);

__attribute__((format(printf, 2, 3))) void gl_put(struct text *text, const char *format, ...);
/* Elements behind each other: `before`, a name, `after`. */
void gl_put_list(struct text *text, uint32_t mask, const char *before, const char *after);
/* A command on op's group: `fields` are those behind its GroupId; NULL: none. */
void gl_run(struct sim_group_load *load, const struct gl_op *op, const char *name,
            const struct text *fields);

/* Each posts one command. */
void gl_post_create(struct sim_group_load *load);
void gl_post_dissolve(struct sim_group_load *load);
void gl_post_name(struct sim_group_load *load);
void gl_post_mute_all(struct sim_group_load *load);
void gl_post_add(struct sim_group_load *load);
void gl_post_kick(struct sim_group_load *load);
void gl_post_apply(struct sim_group_load *load);
void gl_post_decide(struct sim_group_load *load);
void gl_post_quit(struct sim_group_load *load);
void gl_post_role(struct sim_group_load *load);
void gl_post_card(struct sim_group_load *load);
void gl_post_option(struct sim_group_load *load);
void gl_post_mute(struct sim_group_load *load);
void gl_post_owner(struct sim_group_load *load);
void gl_post_send(struct sim_group_load *load);
void gl_post_resend(struct sim_group_load *load);
void gl_post_recall(struct sim_group_load *load);
void gl_post_delete(struct sim_group_load *load);
void gl_post_edit(struct sim_group_load *load);
void gl_post_read(struct sim_group_load *load);
void gl_post_unread(struct sim_group_load *load);
void gl_post_attribute(struct sim_group_load *load);
void gl_post_counter(struct sim_group_load *load);
void gl_post_import_messages(struct sim_group_load *load);
void gl_post_import_again(struct sim_group_load *load);
void gl_post_import_members(struct sim_group_load *load);

#endif
