/*
 * Attributes and counters of a group (server-api §3.11, websocket-behaviour §5): small shared
 * values that clients write and hear of at once. Any type of group has them; in a room whoever is
 * in it may write, since voice rooms keep their seats there.
 */
#ifndef CORE_GROUP_VALUE_H
#define CORE_GROUP_VALUE_H

#include "core/group/group.h"

enum value_op { VALUE_REPLACE = 1, VALUE_CHANGE = 2, VALUE_CLEAR = 3, VALUE_DELETE = 4 };

/* Writes of one group's attributes in a second. */
#define ATTRIBUTE_WRITES_A_SECOND 5u

struct attribute {
    struct span key, value;
    uint32_t seq; /* of the one that the caller knows; in results of what is stored */
};

struct attribute_req {
    struct span group;
    uint8_t op; /* enum value_op */
    struct attribute *items;
    uint32_t count;
    uint32_t main_seq;  /* AttrMainSeq that the caller knows */
    bool race_conflict; /* refuse to overwrite what the caller has not seen */
};

struct attribute_result {
    uint32_t main_seq;
    struct attribute *items; /* of a write: those written; else all, in the order of their keys */
    uint32_t count;
};

/*
 * IM_ERR_GROUP_ATTRIBUTE_KEY, _VALUE, _COUNT, _TOTAL: limits; _RATE: written too often;
 * _CONFLICT: with race_conflict, an attribute (or for REPLACE and CLEAR any) was written since.
 */
enum im_err group_attributes_write(struct shard *shard, struct request *req);
enum im_err group_attributes_read(struct shard *shard, struct request *req);

enum counter_mode { COUNTER_SET = 1, COUNTER_INCREASE, COUNTER_DECREASE, COUNTER_DELETE };

struct counter {
    struct span key; /* 1 to COUNTER_KEY_MAX bytes */
    int64_t value;
};

struct counter_req {
    struct span group;
    uint8_t mode; /* enum counter_mode; reading: 0 */
    struct counter *items;
    uint32_t count;
};

struct counter_result {
    struct counter *items;
    uint32_t count;
};

/* A counter that does not exist counts from 0. IM_ERR_GROUP_PLAN: the plan has none.
   IM_ERR_GROUP_COUNTERS: too many; IM_ERR_GROUP_PARAM: a result beyond 64 bits. */
enum im_err group_counters_write(struct shard *shard, struct request *req);
/* Those named, or all. */
enum im_err group_counters_read(struct shard *shard, struct request *req);

/* Writes of the running second by group. */
struct value_rates;
struct value_rates *value_rates_new(void);
void value_rates_free(struct value_rates *rates);

#endif
