/* Lists of message seqs in the requests of group commands. */
#ifndef COMMAND_GROUP_SEQS_H
#define COMMAND_GROUP_SEQS_H

#include "command/command.h"

/* The seqs of an array: of objects with MsgSeq, of numbers, or of decimal strings, into the
   request's arena. IM_ERR_GROUP_PARAM: empty, more than `max`, or another element. */
enum im_err group_seqs_decode(struct request *req, struct json array, uint32_t max,
                              uint32_t **ret_seqs, uint32_t *ret_count);

/* A decimal number, as text or as JSON number. */
bool group_number_decode(struct request *req, struct json value, uint32_t *ret);

#endif
