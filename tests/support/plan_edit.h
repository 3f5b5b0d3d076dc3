/* Plan files for tests: shipped ones with some places changed. */
#ifndef TESTS_SUPPORT_PLAN_EDIT_H
#define TESTS_SUPPORT_PLAN_EDIT_H

#include "base/buf.h"
#include "core/billing/plan.h"

/* path: "dau.tiers.1.from"; json: the new value, NULL to take the member or element away. */
struct plan_edit {
    const char *path;
    const char *json;
};

/* The text of cloud-2018 with these edits; a path of NULL ends them. */
void plan_edit_text(const struct plan_edit *edits, struct buf *into);

/* The same of another shipped plan. */
void plan_edit_text_of(const char *id, const struct plan_edit *edits, struct buf *into);

/* The text of cloud-2018 with these edits, parsed; it must be a plan. */
struct plan plan_edited(const struct plan_edit *edits);

/* cloud-2018 as shipped, or another shipped plan. */
struct plan plan_shipped(void);
struct plan plan_shipped_as(const char *id);

/* Any JSON text with these edits. */
void json_edit_text(struct span json, const struct plan_edit *edits, struct buf *into);

#endif
