#include "cli/simulate/sets.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "cli/simulate/run.h"
#include "core/rows.h"
#include "core/usage/day_set.h"

#define KINDS (DAY_SET_GROUP_SENDERS + 1)

static const char *const kind_names[KINDS] = {[DAY_SET_LOGIN] = "logins",
                                              [DAY_SET_ACTIVE] = "active",
                                              [DAY_SET_C2C_SENDERS] = "c2c senders",
                                              [DAY_SET_GROUP_SENDERS] = "group senders"};

/* ---- notes ---- */

void login_notes_init(struct login_notes *notes, uint32_t first_day, uint32_t last_day,
                      uint64_t accounts)
{
    *notes = (struct login_notes){
        .first_day = first_day, .day_count = last_day - first_day + 1, .accounts = accounts};
    notes->days = mem_zalloc(notes->day_count * sizeof(*notes->days));
}

void login_notes_release(struct login_notes *notes)
{
    for (uint32_t i = 0; i < notes->day_count; i++)
        free(notes->days[i]);
    free(notes->days);
    *notes = (struct login_notes){0};
}

void login_note(struct login_notes *notes, uint32_t day, uint64_t account)
{
    uint8_t **bits;

    if (day < notes->first_day || day - notes->first_day >= notes->day_count ||
        account > notes->accounts)
        return;
    bits = &notes->days[day - notes->first_day];
    if (!*bits)
        *bits = mem_zalloc(notes->accounts / 8 + 1);
    (*bits)[account / 8] = (uint8_t)((*bits)[account / 8] | 1u << (account % 8));
    notes->logins++;
}

/* ---- what the core has ---- */

struct taken {
    uint64_t rows, bytes, key_bytes, stored;
    uint64_t members; /* of all days */
};

struct looking {
    struct run *run;
    struct taken kinds[KINDS];
    uint64_t accounts; /* that logged in at all */
    /* Of the day and kind that is looked at. */
    uint8_t *expected; /* by account number, or NULL: any */
    struct taken *taken;
    bool wrong;
    struct state_engine *store;
    struct state_change *changes; /* copies of the rows */
    size_t count, room;
};

static void take_member(struct looking *looking, uint32_t account)
{
    uint8_t *bits = looking->expected;

    looking->taken->members++;
    if (!bits)
        return;
    if (!(bits[account / 8] >> (account % 8) & 1))
        looking->wrong = true;
    bits[account / 8] = (uint8_t)(bits[account / 8] & ~(1u << (account % 8)));
}

/* As docs/formats.md says, without what the core reads them by: an independent count. */
static void take_members(struct looking *looking, uint32_t first, struct span row)
{
    if (row.n == DAY_SET_BITMAP_BYTES) {
        for (uint32_t i = 0; i < 8 * DAY_SET_BITMAP_BYTES; i++) {
            if ((uint8_t)row.p[i / 8] >> (i % 8) & 1)
                take_member(looking, first + i);
        }
        return;
    }
    for (size_t i = 0; i + 2 <= row.n; i += 2)
        take_member(looking, first + get_le16(row.p + i));
}

static struct span copy_of(struct span bytes)
{
    char *copy = mem_alloc(bytes.n + 1);

    memcpy(copy, bytes.p, bytes.n);
    return (struct span){copy, bytes.n};
}

static bool take_row(void *arg, struct span key, struct span value)
{
    struct looking *looking = arg;
    uint32_t chunk = get_be32(key.p + key.n - 4);

    looking->taken->rows++;
    looking->taken->bytes += value.n;
    looking->taken->key_bytes += key.n;
    take_members(looking, chunk << DAY_SET_CHUNK_BITS, value);
    if (looking->count == looking->room) {
        looking->room = looking->room ? looking->room * 2 : 1024;
        looking->changes = mem_realloc(looking->changes, looking->room * sizeof(*looking->changes));
    }
    looking->changes[looking->count++] =
        (struct state_change){.key = copy_of(key), .value = copy_of(value)};
    return true;
}

static void drop_rows(struct looking *looking)
{
    for (size_t i = 0; i < looking->count; i++) {
        free((void *)(uintptr_t)looking->changes[i].key.p);
        free((void *)(uintptr_t)looking->changes[i].value.p);
    }
    looking->count = 0;
}

/* The day's notes by the numbers that the core gave the accounts. */
static uint8_t *expected_on(struct looking *looking, uint32_t i)
{
    const struct login_notes *notes = &looking->run->notes;
    const struct world *world = &looking->run->world;
    uint8_t *bits = mem_zalloc((notes->accounts + 2 * (1u << DAY_SET_CHUNK_BITS)) / 8);

    for (uint64_t account = 0; notes->days[i] && account <= notes->accounts; account++) {
        uint32_t number;

        if (!(notes->days[i][account / 8] >> (account % 8) & 1))
            continue;
        number = account < world->number_room ? world->numbers[account] : 0;
        /* The app's administrator has a number, too; more there are not. */
        if (!number || number > notes->accounts + 1)
            looking->wrong = true;
        else
            bits[number / 8] = (uint8_t)(bits[number / 8] | 1u << (number % 8));
    }
    return bits;
}

static bool any_bit(const uint8_t *bits, uint64_t accounts)
{
    for (uint64_t i = 0; i <= accounts / 8; i++) {
        if (bits[i])
            return true;
    }
    return false;
}

static enum im_err look_at_day(struct looking *looking, uint32_t i, uint8_t kind)
{
    const struct login_notes *notes = &looking->run->notes;
    struct world *world = &looking->run->world;
    struct row_key key;
    struct span prefix = row_prefix_day_set(&key, world->app, notes->first_day + i, kind);
    enum im_err err;

    looking->taken = &looking->kinds[kind];
    looking->expected = kind == DAY_SET_LOGIN ? expected_on(looking, i) : NULL;
    err = world->engine->ops->scan(world->engine, prefix, take_row, looking);
    if (!err && looking->expected && any_bit(looking->expected, notes->accounts + 1))
        looking->wrong = true;
    free(looking->expected);
    looking->expected = NULL;
    if (!err)
        err = looking->store->ops->apply(looking->store, looking->changes, looking->count);
    drop_rows(looking);
    return err;
}

/* ---- a store of their own ---- */

static uint64_t disk_bytes;

static int add_table(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    const char *point = strrchr(path + ftw->base, '.');

    if (flag == FTW_F && point && !strcmp(point, ".sst"))
        disk_bytes += (uint64_t)st->st_size;
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static enum im_err look_at_kind(struct looking *looking, uint8_t kind)
{
    char directory[] = "/tmp/magpie-sets-XXXXXX";
    enum im_err err;

    if (!mkdtemp(directory))
        return IM_ERR_IO;
    err = engine_rocksdb_open(directory, NULL, NULL, &looking->store);
    for (uint32_t i = 0; !err && i < looking->run->notes.day_count; i++)
        err = look_at_day(looking, i, kind);
    if (!err)
        err = looking->store->ops->compact(looking->store);
    state_engine_close(looking->store);
    looking->store = NULL;
    disk_bytes = 0;
    nftw(directory, add_table, 16, FTW_PHYS);
    looking->kinds[kind].stored = disk_bytes;
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return err;
}

/* ---- the report ---- */

static uint64_t accounts_of(const struct login_notes *notes)
{
    uint64_t count = 0;

    for (uint64_t i = 0; i <= notes->accounts / 8; i++) {
        uint8_t bits = 0;

        for (uint32_t day = 0; day < notes->day_count; day++)
            bits = (uint8_t)(bits | (notes->days[day] ? notes->days[day][i] : 0));
        count += (uint64_t)__builtin_popcount(bits);
    }
    return count;
}

static void write_json(const struct looking *looking, struct buf *into)
{
    const struct run *run = looking->run;

    buf_printf(into,
               "{\"id\":\"%s\",\"logins\":%llu,\"accounts\":%llu,\"days\":%u,\"exact\":true,"
               "\"sets\":[",
               run->scenario->id, (unsigned long long)run->notes.logins,
               (unsigned long long)looking->accounts, run->notes.day_count);
    for (unsigned kind = DAY_SET_LOGIN; kind < KINDS; kind++) {
        const struct taken *taken = &looking->kinds[kind];

        buf_printf(into,
                   "%s{\"kind\":\"%s\",\"members\":%llu,\"rows\":%llu,\"bytes\":%llu,"
                   "\"key_bytes\":%llu,\"stored_bytes\":%llu}",
                   kind > DAY_SET_LOGIN ? "," : "", kind_names[kind],
                   (unsigned long long)taken->members, (unsigned long long)taken->rows,
                   (unsigned long long)taken->bytes, (unsigned long long)taken->key_bytes,
                   (unsigned long long)taken->stored);
    }
    BUF_LIT(into, "]}\n");
}

static void write_table(const struct looking *looking, struct buf *into)
{
    const struct run *run = looking->run;

    buf_printf(into,
               "%s: %llu logins of %llu accounts on %u days, each in its day's set and no other\n",
               run->scenario->id, (unsigned long long)run->notes.logins,
               (unsigned long long)looking->accounts, run->notes.day_count);
    BUF_LIT(into,
            "set                members       rows   bytes of rows   of keys   in a store, B\n");
    for (unsigned kind = DAY_SET_LOGIN; kind < KINDS; kind++) {
        const struct taken *taken = &looking->kinds[kind];

        buf_printf(into, "%-14s %11llu %10llu %15llu %9llu %15llu\n", kind_names[kind],
                   (unsigned long long)taken->members, (unsigned long long)taken->rows,
                   (unsigned long long)taken->bytes, (unsigned long long)taken->key_bytes,
                   (unsigned long long)taken->stored);
    }
}

bool sets_report(struct run *run, bool json, struct buf *into)
{
    struct looking looking = {.run = run};
    enum im_err err = IM_OK;

    /* Every row lies in the engine then. */
    if (!world_sync(&run->world, true))
        return false;
    for (uint8_t kind = DAY_SET_LOGIN; !err && kind < KINDS; kind++)
        err = look_at_kind(&looking, kind);
    free(looking.changes);
    if (err || looking.wrong) {
        snprintf(run->world.problem, sizeof(run->world.problem), "the sets: %s",
                 err ? err_text(err) : "they are not who logged in");
        return false;
    }
    looking.accounts = accounts_of(&run->notes);
    (json ? write_json : write_table)(&looking, into);
    return true;
}
