/* Profiles: standard and custom fields of an account (server-api §3.3). */
#ifndef CORE_ACCOUNT_PROFILE_H
#define CORE_ACCOUNT_PROFILE_H

#include "core/shard.h"

/* Stored numbers of the tags; never reused. Custom fields: PROFILE_CUSTOM + slot are given out by
   the app's settings (later). */
enum profile_tag {
    PROFILE_NICK = 1,
    PROFILE_GENDER = 2,
    PROFILE_BIRTHDAY = 3,
    PROFILE_LOCATION = 4,
    PROFILE_SIGNATURE = 5,
    PROFILE_ALLOW_TYPE = 6,
    PROFILE_LANGUAGE = 7,
    PROFILE_IMAGE = 8,
    PROFILE_MSG_SETTINGS = 9,
    PROFILE_ADMIN_FORBID = 10,
    PROFILE_LEVEL = 11,
    PROFILE_ROLE = 12,
    PROFILE_TAG_END
};

/* "Tag_Profile_IM_Nick" and so on; NULL for none. is_number: uint32 values. */
const char *profile_tag_name(uint16_t tag, bool *ret_is_number);
bool profile_tag_find(struct span name, uint16_t *ret_tag, bool *ret_is_number);

#define PROFILE_MAX_BYTES 500
#define PROFILE_MAX_LOCATION_BYTES 16

/* IM_OK, IM_ERR_PROFILE_TOO_LONG or IM_ERR_PROFILE_VALUE: whether a string field takes this text.
 */
enum im_err profile_text_check(uint16_t tag, struct span text);

/* Handlers: asks for the row that profile_set changes; then emits the change. Numbers are 4 bytes,
   little-endian. */
void profile_need(struct shard *shard, struct app_id app, struct account_no no, uint16_t tag);
void profile_set(struct shard *shard, struct app_id app, struct account_no no, uint16_t tag,
                 struct span value);

/* Nick and avatar of an account (empty if unset), for pushes; loads two rows. */
enum state_found profile_face(struct shard *shard, struct app_id app, struct account_no no,
                              struct span *ret_nick, struct span *ret_image);

#endif
