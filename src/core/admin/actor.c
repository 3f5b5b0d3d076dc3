#include "core/admin/actor.h"

static const struct admin_actor operator_actor = {.role = ADMIN_OPERATOR, .text = "operator"};
static const struct admin_actor system_actor = {.role = ADMIN_OPERATOR, .text = "system"};

const struct admin_actor *admin_actor(const struct request *req)
{
    if (req->actor)
        return req->actor;
    return req->caller == CALLER_OPERATOR ? &operator_actor : &system_actor;
}
