#include "gateway/sig_lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

#define BUCKETS 4096u
#define WAYS 4u
#define WINDOW_S 60u
#define MAX_FAILURES 10u

struct entry {
    uint64_t hash; /* 0: free */
    uint64_t since_s;
    uint32_t failures;
};

struct sig_lock {
    pthread_mutex_t mutex;
    _Atomic(uint64_t) last_failure_s; /* so that a server without failures takes no lock */
    struct entry entries[BUCKETS][WAYS];
};

struct sig_lock *sig_lock_new(void)
{
    struct sig_lock *lock = mem_zalloc(sizeof(*lock));

    pthread_mutex_init(&lock->mutex, NULL);
    return lock;
}

void sig_lock_free(struct sig_lock *lock)
{
    if (!lock)
        return;
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

static uint64_t triple_hash(struct app_id app, struct span identifier,
                            const struct source_address *source)
{
    struct {
        uint8_t source[16];
        uint32_t app;
        uint32_t identifier_bytes;
        char identifier[64];
    } key = {.app = app.v, .identifier_bytes = (uint32_t)identifier.n};
    size_t n = identifier.n < sizeof(key.identifier) ? identifier.n : sizeof(key.identifier);
    uint64_t hash;

    memcpy(key.source, source->bytes, sizeof(key.source));
    if (n)
        memcpy(key.identifier, identifier.p, n);
    hash = hash_bytes(&key, sizeof(key));
    return hash ? hash : 1;
}

static struct entry *entry_find(struct sig_lock *lock, uint64_t hash)
{
    struct entry *bucket = lock->entries[hash % BUCKETS];

    for (uint32_t i = 0; i < WAYS; i++) {
        if (bucket[i].hash == hash)
            return &bucket[i];
    }
    return NULL;
}

static struct entry *entry_make(struct sig_lock *lock, uint64_t hash)
{
    struct entry *bucket = lock->entries[hash % BUCKETS], *oldest = bucket;

    for (uint32_t i = 1; i < WAYS; i++) {
        if (bucket[i].since_s < oldest->since_s)
            oldest = &bucket[i];
    }
    *oldest = (struct entry){.hash = hash};
    return oldest;
}

bool sig_lock_closed(struct sig_lock *lock, struct app_id app, struct span identifier,
                     const struct source_address *source, uint64_t now_s)
{
    uint64_t last_s = atomic_load(&lock->last_failure_s);
    const struct entry *entry;
    bool closed;

    if (!last_s || now_s >= last_s + WINDOW_S)
        return false;
    pthread_mutex_lock(&lock->mutex);
    entry = entry_find(lock, triple_hash(app, identifier, source));
    closed = entry && entry->failures >= MAX_FAILURES && now_s < entry->since_s + WINDOW_S;
    pthread_mutex_unlock(&lock->mutex);
    return closed;
}

void sig_lock_failed(struct sig_lock *lock, struct app_id app, struct span identifier,
                     const struct source_address *source, uint64_t now_s)
{
    uint64_t hash = triple_hash(app, identifier, source);
    struct entry *entry;

    pthread_mutex_lock(&lock->mutex);
    entry = entry_find(lock, hash);
    if (!entry)
        entry = entry_make(lock, hash);
    if (!entry->failures || now_s >= entry->since_s + WINDOW_S) {
        entry->failures = 0;
        entry->since_s = now_s;
    }
    /* The minute of the lock starts with the failure that closes it. */
    if (++entry->failures == MAX_FAILURES)
        entry->since_s = now_s;
    pthread_mutex_unlock(&lock->mutex);
    atomic_store(&lock->last_failure_s, now_s);
}
