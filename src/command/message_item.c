#include "command/message_item.h"

#include "command/command.h"
#include "core/history/page.h"

static void put_text(struct buf *into, const char *member, struct span text)
{
    buf_add_span(into, span_of(member));
    json_put_string(into, text);
}

static void put_number(struct buf *into, const char *member, uint64_t number)
{
    buf_add_span(into, span_of(member));
    buf_add_u64(into, number);
}

void message_content_put(struct buf *into, const struct page_entry *entry, struct span from,
                         const struct message_body *body)
{
    BUF_LIT(into, "\"MsgBody\":");
    if (entry->flags & MESSAGE_WITHDRAWN) {
        /* One element, empty: the SDK leaves out messages that have none. */
        BUF_LIT(into, "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\"}}],"
                      "\"CloudCustomData\":\"\"");
        put_text(into, ",\"RevokerInfo\":{\"Revoker_Account\":", from);
        BUF_LIT(into, ",\"Reason\":\"\"}");
        return;
    }
    buf_add_span(into, body->body.n ? body->body : SPAN_LIT("[]"));
    BUF_LIT(into, ",\"CloudCustomData\":");
    buf_add_span(into, body->cloud.n ? body->cloud : SPAN_LIT("\"\""));
}

/* An object, although requests have a list of names; as in pushes. */
static void put_control(struct buf *into, uint16_t flags)
{
    bool no_unread = flags & MESSAGE_NO_UNREAD;
    bool no_last = flags & MESSAGE_NO_LAST;

    if (!no_unread && !no_last)
        return;
    buf_printf(into, ",\"SendMsgControl\":{\"NoUnread\":%d,\"NoLastMsg\":%d}", no_unread, no_last);
}

void message_item_put(struct buf *into, const struct history_message *message,
                      const struct message_body *body)
{
    const struct page_entry *entry = &message->entry;
    bool withdrawn = entry->flags & MESSAGE_WITHDRAWN;

    put_text(into, "{\"From_Account\":", message->from);
    put_text(into, ",\"To_Account\":", message->to);
    put_number(into, ",\"MsgSeq\":", entry->key.seq);
    put_number(into, ",\"MsgRandom\":", entry->key.random);
    put_number(into, ",\"MsgTimeStamp\":", entry->key.time);
    /* Without a client time the ID of the message in the SDK has the message's: as in its push. */
    put_number(into, ",\"MsgClientTime\":",
               body->found && body->client_time ? body->client_time : entry_client_time(entry));
    BUF_LIT(into, ",\"TinyId\":\"");
    tinyid_put(into, message->from_no);
    put_number(into, "\",\"MsgFlagBits\":", withdrawn ? MESSAGE_FLAG_BITS_WITHDRAWN : 0);
    put_number(into, ",\"IsNeedReadReceipt\":", !!(entry->flags & MESSAGE_NEED_RECEIPT));
    put_number(into, ",\"IsPeerRead\":", message->peer_read);
    BUF_LIT(into, ",\"MsgKey\":\"");
    msgkey_put(into, entry->key);
    BUF_LIT(into, "\",");
    message_content_put(into, entry, message->from, body);
    put_control(into, entry->flags);
    if (message->nick.n)
        put_text(into, ",\"From_AccountNick\":", message->nick);
    if (message->face.n)
        put_text(into, ",\"From_AccountHeadurl\":", message->face);
    BUF_LIT(into, "}");
}
