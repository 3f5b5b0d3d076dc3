#include "command/admin_schema.h"

/*
 * One line a command: its members, "name type" separated by commas; a type is a letter:
 *   n whole number   s string   t time   d day   m month   b true or false   o object   a array
 * with a '?' behind it for "or null", and in front of the name for a member that may be absent.
 * "[...]" is a list of such objects with the cursor of the next page. Objects may have more
 * members than are named: programs pass over what they do not know.
 */
#define BILL                                                                                \
    "total_fen n?,status s,lines a,sdkappid n,month m,is_over b,state s,currency s,plan o," \
    "usage o,evidence a,documents a"
#define CLOSE "running m,closing m?,bills_left n,held b"
#define CONTRACT "sdkappid n,contract n,id s,sha256 s,from m,to m?,filed t,by s"
#define TICKET                                                                        \
    "sdkappid n,ticket n,kind s,state s,?limit s,opened_by s,opened t,?decided_by s," \
    "?decided t,message_count n"
#define POLICY "policy n,limit s,app n?,most n,made t"

static const struct {
    const char *command;
    const char *members;
} schemas[] = {
    {"app_create", "sdkappid n,key s,admin s,?customer n"},
    {"app_show", "sdkappid n,name s,key s,admin s,plan s,customer n,accounts n,created t"},
    {"app_list", "[sdkappid n,name s,admin s,plan s,customer n,accounts n,created t]"},
    {"app_assign", "sdkappid n,name s,customer n"},
    {"usersig", "usersig s,expire n"},
    {"usage", "sdkappid n,month m,peak_dau n,?peak_day d,two_terminals n,totals o,limits o,calls a,"
              "days a"},
    {"customer_create", "customer n,name s,created t"},
    {"customer_show", "customer n,name s,created t"},
    {"customer_list", "[customer n,name s,created t]"},
    {"token_create", "customer n,token n,name s,role s,created t,expires t?,revoked t?,secret s"},
    {"token_list", "[customer n,token n,name s,role s,created t,expires t?,revoked t?]"},
    {"token_revoke", "customer n,token n,name s,role s,created t,expires t?,revoked t?"},
    {"audit", "[record n,time t,actor s,role s,operation s,app n,customer n,request s]"},
    {"ping", "version s,time t"},
    {"stats", "commits n,committed_bytes n,segments n,last_record n,durable_record n"},
    {"limit_list", "sdkappid n,plan s,limits a"},
    {"limit_set", "sdkappid n,limit s,before n?,asked n?,value n?"},
    {"limit_reset", "sdkappid n,limit s,before n?,value n?"},
    {"limit_history", "[at t,limit s,before n?,value n?,source s,?document n,by s,reason s]"},
    {"group_field_set", "level s,key s,read s,write s"},
    {"group_field_list", "fields a"},
    {"bill", BILL},
    {"bill_what_if", "now o,then o,difference_fen n?"},
    {"bill_issue", BILL},
    {"bill_void", BILL},
    {"bill_note", BILL},
    {"bill_list", "[month m,state s,total_fen n?,paid_fen n,peak_dau n]"},
    {"usage_export", "lines a,next s?"},
    {"close_show", CLOSE},
    {"close_accept", CLOSE},
    {"contract_file", CONTRACT},
    {"contract_show", CONTRACT ",file o"},
    {"contract_list", "[" CONTRACT "]"},
    {"ticket_price", "sdkappid n,limit s,line_before_fen n,line_after_fen n"},
    {"ticket_open", TICKET},
    {"ticket_show", TICKET ",messages a"},
    {"ticket_reply", TICKET},
    {"ticket_confirm", TICKET},
    {"ticket_refuse", TICKET},
    {"ticket_cancel", TICKET},
    {"ticket_list", "[" TICKET "]"},
    {"ticket_waiting", "[" TICKET "]"},
    {"policy_add", POLICY},
    {"policy_remove", POLICY},
    {"policy_list", "[" POLICY "]"},
};

#define SCHEMA_COUNT (sizeof(schemas) / sizeof(schemas[0]))

const char *admin_schema_command(size_t i)
{
    return i < SCHEMA_COUNT ? schemas[i].command : NULL;
}

struct member {
    struct span name;
    char type;
    bool optional, nullable;
};

/* "name type" up to the comma, which is stepped over. */
static bool member_next(struct span *members, struct member *ret_member)
{
    const char *comma, *space;
    struct span one;

    if (!members->n)
        return false;
    comma = memchr(members->p, ',', members->n);
    one = (struct span){members->p, comma ? (size_t)(comma - members->p) : members->n};
    members->p += one.n + (comma ? 1 : 0);
    members->n -= one.n + (comma ? 1 : 0);
    *ret_member = (struct member){.optional = one.p[0] == '?'};
    if (ret_member->optional)
        one = (struct span){one.p + 1, one.n - 1};
    space = memchr(one.p, ' ', one.n);
    ret_member->name = (struct span){one.p, (size_t)(space - one.p)};
    ret_member->type = space[1];
    ret_member->nullable = one.p[one.n - 1] == '?';
    return true;
}

static const char *type_of(char letter)
{
    switch (letter) {
    case 'n':
        return "integer";
    case 'b':
        return "boolean";
    case 'o':
        return "object";
    case 'a':
        return "array";
    default:
        return "string";
    }
}

static void put_member(const struct member *member, struct buf *into)
{
    buf_printf(into, "\"%.*s\":{\"type\":", SPAN_FMT(member->name));
    buf_printf(into, member->nullable ? "[\"%s\",\"null\"]" : "\"%s\"", type_of(member->type));
    if (member->type == 't')
        BUF_LIT(into, ",\"format\":\"date-time\"");
    BUF_LIT(into, "}");
}

static void put_object(struct span members, struct buf *into)
{
    struct span rest = members;
    const char *between = "";
    struct member member;

    BUF_LIT(into, "{\"type\":\"object\",\"properties\":{");
    while (member_next(&rest, &member)) {
        buf_add_span(into, span_of(between));
        put_member(&member, into);
        between = ",";
    }
    BUF_LIT(into, "},\"required\":[");
    between = "";
    for (rest = members; member_next(&rest, &member);) {
        if (member.optional)
            continue;
        buf_printf(into, "%s\"%.*s\"", between, SPAN_FMT(member.name));
        between = ",";
    }
    BUF_LIT(into, "]}");
}

static void put_schema(struct span members, struct buf *into)
{
    if (members.p[0] != '[') {
        put_object(members, into);
        return;
    }
    BUF_LIT(into, "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":");
    put_object((struct span){members.p + 1, members.n - 2}, into);
    BUF_LIT(into,
            "},\"next\":{\"type\":[\"string\",\"null\"]}},\"required\":[\"items\",\"next\"]}");
}

void admin_schema_put(const struct command *command, struct buf *into)
{
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (strcmp(schemas[i].command, command->name) == 0) {
            put_schema(span_of(schemas[i].members), into);
            return;
        }
    }
    BUF_LIT(into, "{\"type\":\"object\"}");
}
