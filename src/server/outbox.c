#include "server/outbox.h"

#include <curl/curl.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "core/warning/outbox.h"
#include "server/public_address.h"

#define LOOK_MS 1000u /* how often something may have become due */
#define WAIT_MS 100u
#define CONNECT_MS 3000L
#define POST_MS 5000L
#define REPLY_MAX_BYTES ((size_t)64 << 10)
#define SIGNATURE_BYTES 128

struct outbox {
    uint16_t index;
    struct bus_link *link;
    const struct journal *journal;
    pthread_t thread;
    bool started;
    bool private_too; /* targets of any address */
    CURLM *multi;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool woken, stop; /* under mutex */
};

struct outbox *outbox_new(uint16_t index)
{
    struct outbox *outbox = mem_zalloc(sizeof(*outbox));
    pthread_condattr_t monotonic;

    outbox->index = index;
    pthread_mutex_init(&outbox->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&outbox->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return outbox;
}

void outbox_wake(void *arg)
{
    struct outbox *outbox = arg;

    pthread_mutex_lock(&outbox->mutex);
    outbox->woken = true;
    pthread_cond_signal(&outbox->changed);
    pthread_mutex_unlock(&outbox->mutex);
}

/* Until somebody wakes it or the time is over; false: it is to stop. */
static bool wait_for(struct outbox *outbox, uint64_t ms)
{
    struct timespec until;
    bool stop;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&outbox->mutex);
    while (!outbox->woken && !outbox->stop) {
        if (pthread_cond_timedwait(&outbox->changed, &outbox->mutex, &until) != 0)
            break;
    }
    outbox->woken = false;
    stop = outbox->stop;
    pthread_mutex_unlock(&outbox->mutex);
    return !stop;
}

static bool stopping(struct outbox *outbox)
{
    bool stop;

    pthread_mutex_lock(&outbox->mutex);
    stop = outbox->stop;
    pthread_mutex_unlock(&outbox->mutex);
    return stop;
}

/* ---- asking the shard ---- */

static struct request *request_for(const struct outbox *outbox, const struct operation *operation)
{
    struct request *req = request_new();

    req->operation = operation;
    req->caller = CALLER_SYSTEM;
    req->from = (struct address){.gateway = outbox->index, .slot = 0, .generation = 1};
    return req;
}

/* Runs it and waits until its record is durable. The request with its result, to be unreferenced;
   NULL: the outbox stops, or the journal has failed. */
static struct request *ask(struct outbox *outbox, struct request *req)
{
    struct output output;

    CHECK(bus_post(outbox->link, req)); /* one at a time */
    bus_flush_requests(outbox->link);
    while (!bus_take_output(outbox->link, journal_durable(outbox->journal), &output)) {
        if (!wait_for(outbox, WAIT_MS) || journal_failed(outbox->journal))
            return NULL;
    }
    return output.req;
}

/* ---- posting ---- */

struct post {
    const struct outbox *outbox;
    const struct outbox_item *item;
    CURL *easy;
    struct curl_slist *headers;
    size_t reply_bytes;
    bool taken;
};

/* What the target says is not read; one that says much is cut off. */
static size_t on_reply(char *p, size_t size, size_t n, void *arg)
{
    struct post *post = arg;

    (void)p;
    post->reply_bytes += size * n;
    return post->reply_bytes > REPLY_MAX_BYTES ? 0 : size * n;
}

/* Looked at when it connects: a name may lead anywhere by then. */
static curl_socket_t on_connect(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    const struct post *post = arg;

    (void)purpose;
    if (!post->outbox->private_too && !address_is_public(&to->addr)) {
        log_warn("app %u: its webhook leads to an address that is not public: not posted "
                 "(--webhooks any allows it)",
                 post->item->app.v);
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* "X-Magpie-Signature: t=SECONDS,v1=HEX": HMAC-SHA256 under the secret of "SECONDS.BODY". */
static void sign(const struct outbox_item *item, char into[SIGNATURE_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char seconds[24], hex[65];
    unsigned char mac[32];
    unsigned mac_bytes = sizeof(mac);
    struct buf text;

    snprintf(seconds, sizeof(seconds), "%lld", (long long)time(NULL));
    buf_init(&text, item->body.n + sizeof(seconds) + 1);
    buf_printf(&text, "%s.", seconds);
    buf_add_span(&text, item->body);
    CHECK(HMAC(EVP_sha256(), item->secret, sizeof(item->secret), (const unsigned char *)text.p,
               text.n, mac, &mac_bytes));
    for (size_t i = 0; i < sizeof(mac); i++) {
        hex[2 * i] = digits[mac[i] >> 4];
        hex[2 * i + 1] = digits[mac[i] & 15];
    }
    hex[64] = 0;
    snprintf(into, SIGNATURE_BYTES, "X-Magpie-Signature: t=%s,v1=%s", seconds, hex);
    buf_release(&text);
}

static void start_post(struct outbox *outbox, struct post *post)
{
    const struct outbox_item *item = post->item;
    char url[HOOK_URL_MAX + 1], id[96], signature[SIGNATURE_BYTES];

    if (!item->url.n)
        return; /* the app wants none any more: it leaves the outbox as one that failed */
    snprintf(url, sizeof(url), "%.*s", SPAN_FMT(item->url));
    snprintf(id, sizeof(id), "X-Magpie-Id: %.*s", SPAN_FMT(item->id));
    sign(item, signature);
    post->easy = curl_easy_init();
    CHECK(post->easy);
    post->headers = curl_slist_append(NULL, "Content-Type: application/json");
    post->headers = curl_slist_append(post->headers, id);
    post->headers = curl_slist_append(post->headers, signature);
    curl_easy_setopt(post->easy, CURLOPT_URL, url);
    curl_easy_setopt(post->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(post->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(post->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(post->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(post->easy, CURLOPT_TIMEOUT_MS, POST_MS);
    curl_easy_setopt(post->easy, CURLOPT_USERAGENT, "magpie/" MAGPIE_VERSION);
    curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->headers);
    curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE, (long)item->body.n);
    curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, item->body.p);
    curl_easy_setopt(post->easy, CURLOPT_WRITEFUNCTION, on_reply);
    curl_easy_setopt(post->easy, CURLOPT_WRITEDATA, post);
    curl_easy_setopt(post->easy, CURLOPT_PRIVATE, post);
    /* A name server that hangs is left to its thread: without this, curl waits for it beyond the
       time of the post, and with it all others. */
    curl_easy_setopt(post->easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(post->easy, CURLOPT_OPENSOCKETFUNCTION, on_connect);
    curl_easy_setopt(post->easy, CURLOPT_OPENSOCKETDATA, post);
    /* A proxy would look up the name, and connect, for us. */
    if (!outbox->private_too)
        curl_easy_setopt(post->easy, CURLOPT_PROXY, "");
    CHECK(curl_multi_add_handle(outbox->multi, post->easy) == CURLM_OK);
}

static void take_results(struct outbox *outbox)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(outbox->multi, &left))) {
        struct post *post;
        long status = 0;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&post);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        post->taken = message->data.result == CURLE_OK && status >= 200 && status < 300;
    }
}

static void end_post(struct outbox *outbox, struct post *post)
{
    if (!post->easy)
        return;
    curl_multi_remove_handle(outbox->multi, post->easy);
    curl_easy_cleanup(post->easy);
    curl_slist_free_all(post->headers);
}

/* All of a batch at once; a target that hangs ends with its time. False: broken off. */
static bool post_all(struct outbox *outbox, struct post *posts, uint32_t count)
{
    int running = 1;
    bool whole = true;

    for (uint32_t i = 0; i < count; i++)
        start_post(outbox, &posts[i]);
    while (running && whole) {
        CHECK(curl_multi_perform(outbox->multi, &running) == CURLM_OK);
        take_results(outbox);
        if (running)
            curl_multi_poll(outbox->multi, NULL, 0, WAIT_MS, NULL);
        whole = !stopping(outbox);
    }
    for (uint32_t i = 0; i < count; i++)
        end_post(outbox, &posts[i]);
    return whole;
}

static bool tell(struct outbox *outbox, const struct post *post)
{
    struct request *req = request_for(outbox, &outbox_done);
    struct outbox_done_req *done = ARENA_NEW(&req->arena, struct outbox_done_req);

    *done = (struct outbox_done_req){.app = post->item->app,
                                     .month = post->item->month,
                                     .number = post->item->number,
                                     .taken = post->taken};
    req->body = done;
    req = ask(outbox, req);
    if (!req)
        return false;
    request_unref(req);
    return true;
}

/* One look at the outbox. How many were due; UINT32_MAX: it is to stop. */
static uint32_t turn(struct outbox *outbox)
{
    struct request *req = ask(outbox, request_for(outbox, &outbox_take));
    const struct outbox_batch *batch = req ? req->result : NULL;
    struct post posts[OUTBOX_BATCH] = {0};
    bool good = batch != NULL;
    uint32_t count = batch ? batch->count : 0;

    for (uint32_t i = 0; i < count; i++)
        posts[i] = (struct post){.outbox = outbox, .item = &batch->items[i]};
    good = good && (!count || post_all(outbox, posts, count));
    for (uint32_t i = 0; good && i < count; i++)
        good = tell(outbox, &posts[i]);
    if (req)
        request_unref(req);
    return good ? count : UINT32_MAX;
}

static void *outbox_main(void *arg)
{
    struct outbox *outbox = arg;
    uint32_t due = 0;

    thread_name("outbox");
    thread_in_background();
    while (due != UINT32_MAX) {
        due = turn(outbox);
        if (!due && !wait_for(outbox, LOOK_MS))
            break;
    }
    return NULL;
}

void outbox_start(struct outbox *outbox, struct bus_link *link, const struct journal *journal,
                  bool private_too)
{
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    outbox->multi = curl_multi_init();
    CHECK(outbox->multi);
    outbox->link = link;
    outbox->journal = journal;
    outbox->private_too = private_too;
    outbox->started = true;
    CHECK(pthread_create(&outbox->thread, NULL, outbox_main, outbox) == 0);
}

void outbox_free(struct outbox *outbox)
{
    if (!outbox)
        return;
    if (outbox->started) {
        pthread_mutex_lock(&outbox->mutex);
        outbox->stop = true;
        pthread_cond_signal(&outbox->changed);
        pthread_mutex_unlock(&outbox->mutex);
        pthread_join(outbox->thread, NULL);
        curl_multi_cleanup(outbox->multi);
        curl_global_cleanup();
    }
    pthread_cond_destroy(&outbox->changed);
    pthread_mutex_destroy(&outbox->mutex);
    free(outbox);
}
