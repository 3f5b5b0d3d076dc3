/* Between the parts of what must come of each command on groups. */
#ifndef TESTS_SUPPORT_SIM_GROUP_EXPECT_INTERNAL_H
#define TESTS_SUPPORT_SIM_GROUP_EXPECT_INTERNAL_H

#include "support/sim_group_load.h"

#define A_RECORD 16 /* members */

struct decision {
    struct sim_group_load *load;
    struct gm_model *model;
    const struct gl_op *op;
    const struct request *req;
    uint32_t index; /* of the group */
    uint64_t now_us;
    uint32_t now_s;
};

/* What follows stands in another record, if anything stands in this one. */
void gx_next_record(const struct decision *d);
void gx_add(const struct decision *d, struct gm_event event);
void gx_add_notice(const struct decision *d, unsigned account, uint8_t kind);
struct gm_group *gx_group_of(const struct decision *d);

void gx_decided_send(struct decision *d);
void gx_decided_recall(struct decision *d);
void gx_decided_delete(struct decision *d);
void gx_decided_edit(struct decision *d);
void gx_decided_read(struct decision *d);
void gx_decided_unread(struct decision *d);
void gx_decided_attribute(struct decision *d);
void gx_decided_counter(struct decision *d);
void gx_decided_import_messages(struct decision *d);
void gx_decided_import_members(struct decision *d);

#endif
