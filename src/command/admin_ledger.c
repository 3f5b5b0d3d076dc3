/* The ledger of an app and month, line by line. */
#include "command/admin.h"
#include "core/ledger/export.h"
#include "core/usage/calendar.h"

struct ledger_fields {
    struct ledger_req req; /* first: what the core reads */
    struct opt_u32 app;
    struct span month, cursor;
};

static const struct field ledger_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct ledger_fields, app),
    ADMIN_FIELD("month", FIELD_STRING, struct ledger_fields, month),
    ADMIN_FIELD("cursor", FIELD_STRING, struct ledger_fields, cursor),
};

static enum im_err ledger_decode(struct request *req, struct json body)
{
    struct ledger_fields *fields = req->body;
    uint32_t month;

    (void)body;
    if (!month_parse(fields->month, &month))
        return IM_ERR_INVALID;
    fields->req =
        (struct ledger_req){.app = {fields->app.v}, .month = month, .cursor = fields->cursor};
    return IM_OK;
}

static void put_page(const struct request *req, struct buf *into)
{
    const struct ledger_page *page = req->result;
    struct ledger_chain chain = page->from.chain;
    struct ledger_cursor next = page->next;
    char cursor[LEDGER_CURSOR_BYTES];
    struct buf line;

    buf_init(&line, LEDGER_MAX_LINE);
    BUF_LIT(into, "{\"lines\":[");
    for (uint32_t i = 0; i < page->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        buf_reset(&line);
        ledger_write(&line, &chain, &page->lines[i]);
        json_put_string(into, buf_span(&line));
    }
    buf_release(&line);
    BUF_LIT(into, "]");
    next.chain = chain;
    if (next.section == SECTION_DONE)
        put_null(into, "next");
    else
        put_text(into, "next", ledger_cursor_format(&next, cursor));
    BUF_LIT(into, "}");
}

ADMIN_COMMAND(usage_export, "usage_export", "GET", "/apps/{app}/usage/{month}/ledger",
              ADMIN_OWNER | ADMIN_FINANCE, ledger_fields, struct ledger_fields, ledger_export,
              ledger_decode, put_page,
              "The lines of an app's ledger of a month, by which its bill can be worked out anew; "
              "pages are appended to one another.");

const struct command *const commands_admin_ledger[] = {&usage_export_command, NULL};
