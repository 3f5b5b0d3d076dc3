/* Contracts: prices where the plan has none. */
#include "command/admin.h"
#include "core/billing/contracts.h"

struct contract_fields {
    union {
        struct app_req app;
        struct contract_get_req get;
        struct contract_file_req file;
    } req; /* first: what the core reads */
    struct opt_u32 app, contract;
    struct json file;
};

static const struct field app_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct contract_fields, app),
};

static const struct field get_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct contract_fields, app),
    ADMIN_FIELD("contract", FIELD_U32, struct contract_fields, contract),
};

static const struct field file_fields[] = {
    ADMIN_FIELD("app", FIELD_U32, struct contract_fields, app),
    ADMIN_FIELD("file", FIELD_OBJECT, struct contract_fields, file),
};

static enum im_err app_decode(struct request *req, struct json body)
{
    struct contract_fields *fields = req->body;

    (void)body;
    fields->req.app = (struct app_req){.app = {fields->app.v}};
    return IM_OK;
}

static enum im_err get_decode(struct request *req, struct json body)
{
    struct contract_fields *fields = req->body;

    (void)body;
    fields->req.get =
        (struct contract_get_req){.app = {fields->app.v}, .contract = fields->contract.v};
    return IM_OK;
}

static enum im_err file_decode(struct request *req, struct json body)
{
    struct contract_fields *fields = req->body;

    (void)body;
    fields->req.file =
        (struct contract_file_req){.app = {fields->app.v}, .file = fields->file.text};
    return IM_OK;
}

static void put_view(struct buf *into, const struct contract_view *view)
{
    const struct contract_row *row = &view->row;

    BUF_LIT(into, "{");
    put_u64(into, "sdkappid", view->app.v);
    put_u64(into, "contract", view->number);
    put_text(into, "id", (struct span){row->id, strnlen(row->id, sizeof(row->id))});
    put_hash(into, "sha256", row->sha256);
    put_month(into, "from", row->first_month);
    if (row->last_month != CONTRACT_OPEN) {
        put_month(into, "to", row->last_month);
    } else {
        put_null(into, "to");
    }
    put_time(into, "filed", row->filed_us);
    put_text(into, "by", (struct span){row->by, strnlen(row->by, sizeof(row->by))});
    if (view->file.n) {
        put_name(into, "file");
        buf_add_span(into, view->file);
    }
    BUF_LIT(into, "}");
}

/* The answer to a filing leaves the file away: it may be long, and the caller has it. */
static void put_filed(const struct request *req, struct buf *into)
{
    struct contract_view view = *(const struct contract_view *)req->result;

    view.file = (struct span){0};
    put_view(into, &view);
}

static void put_contract(const struct request *req, struct buf *into)
{
    put_view(into, req->result);
}

static void put_list(const struct request *req, struct buf *into)
{
    const struct contract_list_result *list = req->result;

    BUF_LIT(into, "{\"items\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(into, ",");
        put_view(into, &list->contracts[i]);
    }
    BUF_LIT(into, "],\"next\":null}");
}

ADMIN_CREATION(contract_file, "contract_file", "POST", "/apps/{app}/contracts", 0, file_fields,
               struct contract_fields, contract_file, file_decode, put_filed,
               "Files a contract of an app; of several that cover a month the last one holds.");
ADMIN_COMMAND(contract_list, "contract_list", "GET", "/apps/{app}/contracts",
              ADMIN_OWNER | ADMIN_FINANCE, app_fields, struct contract_fields, contract_list,
              app_decode, put_list, "The contracts of an app.");
ADMIN_COMMAND(contract_show, "contract_show", "GET", "/apps/{app}/contracts/{contract}",
              ADMIN_OWNER | ADMIN_FINANCE, get_fields, struct contract_fields, contract_get,
              get_decode, put_contract, "One contract with its file.");

const struct command *const commands_admin_contract[] = {
    &contract_file_command, &contract_list_command, &contract_show_command, NULL};
