/*
 * Who did what: an entry for every write of operators and customers that was not refused, in the
 * record of what it did. Entries lie by hours; an hour that has any leads to the one before it.
 */
#ifndef CORE_ADMIN_AUDIT_H
#define CORE_ADMIN_AUDIT_H

#include "core/admin/call.h"
#include "core/admin/rows.h"
#include "core/shard.h"

/* For the door: asks for the rows that an entry needs; emits it. */
void audit_need(struct shard *shard);
void audit_store(struct shard *shard, struct request *req);

struct audit_entry {
    uint64_t record, time_us;
    uint32_t app, customer; /* 0: none; the operator's own */
    uint8_t role;
    struct span actor, operation;
    struct span text; /* the request's members; empty: not for this reader */
};

/* The newest first. A customer's token sees what its customer did, and that the operator did
   something to what is its own, without the operator's words. */
struct audit_list_req {
    uint32_t limit;    /* 1 to 500; 0: 50 */
    uint32_t app;      /* 0: any */
    uint32_t customer; /* of has_customer */
    bool has_customer; /* else any */
    uint32_t hour;     /* the cursor; 0: from the newest */
    uint64_t before;   /* entries of that hour before this record, and of the hours before it */
};
struct audit_list_result {
    struct audit_entry *items;
    uint32_t count;
    uint32_t next_hour; /* 0: that was all. Pages may be shorter than asked for, even empty. */
    uint64_t next_before;
};
enum im_err audit_list(struct shard *shard, struct request *req);

#endif
