#include "command/message_body.h"

enum member_type { MEMBER_STRING, MEMBER_NUMBER, MEMBER_ARRAY, MEMBER_ANY };

/* One member of a MsgContent; absent is fine unless required. */
struct member {
    const char *name;
    enum member_type type;
    bool required;
};

struct element {
    const char *type;
    const struct member *members;
};

static const struct element elements[] = {
    {"TIMTextElem", (const struct member[]){{"Text", MEMBER_STRING, true}, {NULL, 0, 0}}},
    {"TIMLocationElem", (const struct member[]){{"Desc", MEMBER_STRING, false},
                                                {"Latitude", MEMBER_NUMBER, true},
                                                {"Longitude", MEMBER_NUMBER, true},
                                                {NULL, 0, 0}}},
    {"TIMFaceElem", (const struct member[]){{"Index", MEMBER_NUMBER, true},
                                            {"Data", MEMBER_STRING, false},
                                            {NULL, 0, 0}}},
    {"TIMCustomElem", (const struct member[]){{"Data", MEMBER_STRING, false},
                                              {"Desc", MEMBER_STRING, false},
                                              {"Ext", MEMBER_STRING, false},
                                              {"Sound", MEMBER_STRING, false},
                                              {NULL, 0, 0}}},
    {"TIMSoundElem", (const struct member[]){{NULL, 0, 0}}},
    {"TIMImageElem",
     (const struct member[]){{"ImageInfoArray", MEMBER_ARRAY, false}, {NULL, 0, 0}}},
    {"TIMFileElem", (const struct member[]){{NULL, 0, 0}}},
    {"TIMVideoFileElem", (const struct member[]){{NULL, 0, 0}}},
    {"TIMRelayElem", (const struct member[]){{NULL, 0, 0}}},
};

static bool has_type(struct json value, enum member_type type)
{
    switch (type) {
    case MEMBER_STRING:
        return value.type == JSON_STRING;
    case MEMBER_NUMBER:
        return value.type == JSON_NUMBER;
    case MEMBER_ARRAY:
        return value.type == JSON_ARRAY;
    case MEMBER_ANY:
        return true;
    }
    return false;
}

static const struct element *element_find(struct json type)
{
    struct span name = {type.text.p + 1, type.text.n - 2};

    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        if (span_is(name, elements[i].type))
            return &elements[i];
    }
    return NULL;
}

static bool content_fits(const struct element *element, struct json content)
{
    for (const struct member *member = element->members; member->name; member++) {
        struct json value = json_member(content, member->name);

        if (value.type == JSON_NONE ? member->required : !has_type(value, member->type))
            return false;
    }
    return true;
}

enum im_err message_body_check(struct json body)
{
    static const char *const names[] = {"MsgType", "MsgContent"};
    struct json_iter it = json_iter(body);
    struct json item;
    struct span key;
    size_t count = 0, custom = 0;

    if (body.type != JSON_ARRAY)
        return IM_ERR_OPENIM_BODY_ARRAY;
    while (json_next(&it, &key, &item)) {
        struct json parts[2];
        const struct element *element;

        json_members(item, names, parts, 2);
        if (parts[0].type != JSON_STRING || parts[1].type != JSON_OBJECT)
            return IM_ERR_OPENIM_BODY;
        element = element_find(parts[0]);
        if (!element || !content_fits(element, parts[1]))
            return IM_ERR_OPENIM_ELEMENT;
        custom += span_is(span_of(element->type), "TIMCustomElem");
        count++;
    }
    return count && custom <= 1 ? IM_OK : IM_ERR_OPENIM_BODY;
}
