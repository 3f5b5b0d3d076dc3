#include "support/plan_edit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "core/billing/shipped.h"

static struct span shipped_file(const char *id)
{
    struct span file = {0};

    CHECK(shipped_plan_find(span_of(id), &file));
    return file;
}

static json_t *child(json_t *parent, const char *name)
{
    return json_is_array(parent) ? json_array_get(parent, strtoul(name, NULL, 10))
                                 : json_object_get(parent, name);
}

static void edit(json_t *root, const struct plan_edit *edit)
{
    char *path = mem_strdup(edit->path);
    char *name = path;
    json_t *parent = root;
    json_t *value = edit->json ? json_loads(edit->json, JSON_DECODE_ANY, NULL) : NULL;

    CHECK(value || !edit->json);
    for (char *dot = strchr(name, '.'); dot; dot = strchr(name, '.')) {
        *dot = '\0';
        parent = child(parent, name);
        CHECK(parent);
        name = dot + 1;
    }
    if (json_is_array(parent) && value)
        json_array_set_new(parent, strtoul(name, NULL, 10), value);
    else if (json_is_array(parent))
        json_array_remove(parent, strtoul(name, NULL, 10));
    else if (value)
        json_object_set_new(parent, name, value);
    else
        CHECK(json_object_del(parent, name) == 0);
    free(path);
}

void json_edit_text(struct span json, const struct plan_edit *edits, struct buf *into)
{
    json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
    char *text;

    CHECK(root);
    for (; edits->path; edits++)
        edit(root, edits);
    text = json_dumps(root, 0);
    CHECK(text);
    buf_add(into, text, strlen(text));
    free(text);
    json_decref(root);
}

void plan_edit_text_of(const char *id, const struct plan_edit *edits, struct buf *into)
{
    json_edit_text(shipped_file(id), edits, into);
}

void plan_edit_text(const struct plan_edit *edits, struct buf *into)
{
    plan_edit_text_of(PLAN_DEFAULT, edits, into);
}

struct plan plan_edited(const struct plan_edit *edits)
{
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct plan plan;
    struct buf text;

    buf_init(&text, PLAN_MAX_BYTES);
    plan_edit_text(edits, &text);
    if (plan_parse(buf_span(&text), &plan, problem)) {
        fprintf(stderr, "%s\n", problem);
        abort();
    }
    buf_release(&text);
    return plan;
}

struct plan plan_shipped_as(const char *id)
{
    char problem[PLAN_PROBLEM_BYTES] = "";
    struct plan plan;

    CHECK(plan_parse(shipped_file(id), &plan, problem) == IM_OK);
    return plan;
}

struct plan plan_shipped(void)
{
    return plan_shipped_as(PLAN_DEFAULT);
}
