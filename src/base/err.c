#include "base/err.h"

int err_public(enum im_err err)
{
    if ((int)err >= 0)
        return (int)err;
    if (err == IM_ERR_FULL)
        return IM_ERR_OVERLOADED;
    return IM_ERR_TIMEOUT;
}

const char *err_text(enum im_err err)
{
    switch (err) {
    case IM_OK:
        return "";
    case IM_HELD:
        return "answered later";
    case IM_AGAIN:
        return "state is being loaded";
    case IM_ERR_IO:
        return "a disk or network operation failed";
    case IM_ERR_CORRUPT:
        return "stored data is damaged";
    case IM_ERR_FULL:
        return "no room left";
    case IM_ERR_VERSION:
        return "the data directory has another format version";
    case IM_ERR_LOCKED:
        return "another server uses this data directory";
    case IM_ERR_NOT_FOUND:
        return "not found";
    case IM_ERR_EXISTS:
        return "exists already";
    case IM_ERR_INVALID:
        return "invalid argument";
    case IM_ERR_OVERFLOW:
        return "a number is too large";
    case IM_ERR_UNKNOWN_OUTCOME:
        return "outcome unknown, ask again before you repeat it";
    case IM_ERR_TOKEN:
        return "a valid token is needed";
    case IM_ERR_ROLE:
        return "the role of this token may not do that";
    case IM_ERR_KEY_REUSED:
        return "the idempotency key was used with another request";
    case IM_ERR_CONFLICT:
        return "not possible as things stand";
    case IM_ERR_INSTANCE_KICKED:
        return "this client instance was kicked";
    case IM_ERR_GROUP_COMMAND:
        return "unknown command of the group service";
    case IM_ERR_GROUP_PARAM:
        return "invalid parameter";
    case IM_ERR_GROUP_TOO_MANY_ACCOUNTS:
        return "too many accounts in the request";
    case IM_ERR_GROUP_RATE:
        return "too many groups";
    case IM_ERR_GROUP_NOT_FOUND:
        return "the group does not exist";
    case IM_ERR_GROUP_RIGHT:
        return "no permission, or this type of group does not support it";
    case IM_ERR_GROUP_OWNER_QUITS:
        return "the owner cannot quit a group of this type";
    case IM_ERR_GROUP_JSON:
        return "the request body is not a JSON object";
    case IM_ERR_GROUP_MEMBER_ALREADY:
        return "the account is a member already";
    case IM_ERR_GROUP_FULL:
        return "the group is full";
    case IM_ERR_GROUP_ID:
        return "the group id is not valid";
    case IM_ERR_GROUP_MUTED:
        return "the sender is muted in this group";
    case IM_ERR_GROUP_ANSWER_TOO_LONG:
        return "the answer would be longer than 1 MB; ask for less";
    case IM_ERR_GROUP_ACCOUNT:
        return "an account does not exist";
    case IM_ERR_GROUP_MESSAGE_TOO_LONG:
        return "the message is too long";
    case IM_ERR_GROUP_ID_TAKEN:
        return "the group id is used by another group";
    case IM_ERR_GROUP_HANDLED:
        return "the request was handled already";
    case IM_ERR_GROUP_ID_OWN:
        return "the group id is used by a group of this owner";
    case IM_ERR_GROUP_NO_MESSAGE:
        return "the message does not exist";
    case IM_ERR_GROUP_RECALL_WINDOW:
        return "the time to recall this message has passed";
    case IM_ERR_GROUP_RECALL_KIND:
        return "a message of this kind cannot be recalled";
    case IM_ERR_GROUP_RECALL_TYPE:
        return "this type of group has no recall";
    case IM_ERR_GROUP_DELETE_KIND:
        return "a message of this kind cannot be deleted";
    case IM_ERR_GROUP_DELETE_TYPE:
        return "this type of group has no deletion of members or messages";
    case IM_ERR_GROUP_ROOMS:
        return "too many groups of this type for the plan";
    case IM_ERR_GROUP_JOINED_MAX:
        return "the account is in too many groups for the plan";
    case IM_ERR_GROUP_MEMBERS_PLAN:
        return "too many members for the plan";
    case IM_ERR_GROUP_ATTRIBUTE_KEY:
        return "an attribute key is empty or too long";
    case IM_ERR_GROUP_ATTRIBUTE_VALUE:
        return "an attribute value is too long";
    case IM_ERR_GROUP_ATTRIBUTE_COUNT:
        return "too many attributes";
    case IM_ERR_GROUP_ATTRIBUTE_TOTAL:
        return "the attributes are too long together";
    case IM_ERR_GROUP_ATTRIBUTE_RATE:
        return "attributes are written too often";
    case IM_ERR_GROUP_AT_TOO_MANY:
        return "too many accounts are mentioned";
    case IM_ERR_GROUP_ATTRIBUTE_CONFLICT:
        return "an attribute was changed meanwhile";
    case IM_ERR_GROUP_TRIAL:
        return "too many groups for the trial plan";
    case IM_ERR_GROUP_PLAN:
        return "the plan does not have this feature";
    case IM_ERR_GROUP_COUNTERS:
        return "too many counters";
    case IM_ERR_GROUP_BODY_TOO_LONG:
        return "the message body is too long";
    case IM_ERR_MSG_PACKET:
        return "the request is not well formed";
    case IM_ERR_MSG_ACCOUNT:
        return "the account is invalid or was never imported";
    case IM_ERR_MSG_INTERNAL:
        return "internal error, try again";
    case IM_ERR_MSG_MUTED:
        return "the sender is muted";
    case IM_ERR_MSG_EDIT_CONFLICT:
        return "the message was edited meanwhile";
    case IM_ERR_MSG_WITHDRAW_WINDOW:
        return "the time to withdraw this message has passed";
    case IM_ERR_MSG_NOT_FOUND:
        return "the message does not exist or has expired";
    case IM_ERR_MSG_WITHDRAWN:
        return "the message was withdrawn already";
    case IM_ERR_PROFILE_PARAM:
        return "invalid parameter";
    case IM_ERR_PROFILE_NO_ACCOUNT:
        return "no account given";
    case IM_ERR_PROFILE_ACCOUNT_MISSING:
        return "the account does not exist";
    case IM_ERR_PROFILE_ADMIN:
        return "an administrator is required, or too many accounts were asked for";
    case IM_ERR_PROFILE_WRITE:
        return "this field cannot be written";
    case IM_ERR_PROFILE_TAG:
        return "unknown profile tag";
    case IM_ERR_PROFILE_TOO_LONG:
        return "a profile value is longer than 500 bytes";
    case IM_ERR_PROFILE_VALUE:
        return "not a valid value of this standard field";
    case IM_ERR_PROFILE_TYPE:
        return "the value has the wrong type for its tag";
    case IM_ERR_RECENT_ACCOUNT:
        return "the account does not exist";
    case IM_ERR_RECENT_PARAM:
        return "invalid parameter";
    case IM_ERR_RECENT_ADMIN:
        return "an administrator is required";
    case IM_ERR_HTTP:
        return "the HTTP request cannot be parsed";
    case IM_ERR_JSON:
        return "the body is not a JSON object";
    case IM_ERR_SIGNATURE:
        return "identifier or usersig is missing or wrong";
    case IM_ERR_APP_INVALID:
        return "invalid SDKAppID";
    case IM_ERR_CALL_RATE:
        return "this command is called more often than the app may";
    case IM_ERR_TIMEOUT:
        return "timed out";
    case IM_ERR_UNKNOWN_COMMAND:
        return "unknown service or command";
    case IM_ERR_ADMIN_REQUIRED:
        return "the caller must be an administrator of the app";
    case IM_ERR_APP_CALL_RATE:
        return "the app makes more calls than it may";
    case IM_ERR_APP_MISSING:
        return "sdkappid is missing";
    case IM_ERR_OVERLOADED:
        return "the server is busy, try again later";
    case IM_ERR_SIG_EXPIRED:
        return "the UserSig has expired";
    case IM_ERR_SIG_EMPTY:
        return "the UserSig is empty";
    case IM_ERR_SIG_MALFORMED:
        return "the UserSig is truncated or malformed";
    case IM_ERR_SIG_WRONG:
        return "the UserSig was not made with the key of this app";
    case IM_ERR_SIG_IDENTIFIER:
        return "the UserSig belongs to another identifier";
    case IM_ERR_SIG_APP:
        return "the UserSig belongs to another SDKAppID";
    case IM_ERR_SIG_V1:
        return "no public key for this app: only UserSig version 2.0 is accepted";
    case IM_ERR_APP_NOT_FOUND:
        return "this SDKAppID does not exist";
    case IM_ERR_SIG_LOCKED:
        return "too many failed verifications, try again in a minute";
    case IM_ERR_SIG_KICKED:
        return "this UserSig was invalidated, make a new one";
    case IM_ERR_ACCOUNT_MISSING:
        return "the account does not exist";
    case IM_ERR_ACCOUNT_BATCH:
        return "too many accounts in one request";
    case IM_ERR_ACCOUNT_COUNT:
        return "the app has as many accounts as its plan allows";
    case IM_ERR_ACCOUNT_PARAM:
        return "invalid parameter";
    case IM_ERR_ACCOUNT_ADMIN:
        return "an administrator is required";
    case IM_ERR_ACCOUNT_INTERNAL:
        return "internal error, try again";
    case IM_ERR_OPENIM_JSON:
        return "the body is not valid JSON";
    case IM_ERR_OPENIM_BODY:
        return "MsgBody is not a list of MsgType and MsgContent";
    case IM_ERR_OPENIM_TO:
        return "To_Account is missing or not a string";
    case IM_ERR_OPENIM_SEQ:
        return "MsgSeq is not a number or out of range";
    case IM_ERR_OPENIM_RANDOM:
        return "MsgRandom is missing or not an integer";
    case IM_ERR_OPENIM_TIME:
        return "MsgTimeStamp is not an integer";
    case IM_ERR_OPENIM_BODY_ARRAY:
        return "MsgBody is not an array";
    case IM_ERR_OPENIM_FROM:
        return "From_Account is missing or not a string";
    case IM_ERR_OPENIM_ADMIN:
        return "an administrator is required";
    case IM_ERR_OPENIM_ELEMENT:
        return "a message element does not have the form of its type";
    case IM_ERR_OPENIM_TOO_MANY:
        return "too many accounts, 500 at most";
    case IM_ERR_OPENIM_TO_MISSING:
        return "the receiver does not exist";
    case IM_ERR_OPENIM_LIFETIME:
        return "MsgLifeTime must be 0 to 604800";
    case IM_ERR_OPENIM_OLD_SYSTEM:
        return "SyncFromOldSystem must be 1 or 2";
    case IM_ERR_OPENIM_SYNC:
        return "SyncOtherMachine must be 1 or 2";
    case IM_ERR_OPENIM_PUSH_INFO:
        return "OfflinePushInfo is malformed";
    case IM_ERR_OPENIM_LIFETIME_TYPE:
        return "MsgLifeTime is not an integer";
    case IM_ERR_OPENIM_FROM_MISSING:
        return "the sender does not exist";
    case IM_ERR_OPENIM_KEY:
        return "MsgKey is malformed";
    case IM_ERR_OPENIM_INTERNAL:
        return "internal error, try again";
    case IM_ERR_TERMINALS:
        return "too many Web instances are online";
    case IM_ERR_MSG_TOO_LONG:
        return "the message is longer than 8 KB";
    case IM_ERR_CONFIG_JSON:
        return "the body is not valid JSON";
    case IM_ERR_CONFIG_FIELD:
        return "a requested field does not exist";
    }
    return "unknown error";
}
