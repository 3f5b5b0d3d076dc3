/* When what was appended to connections is written; see flush.c. Gateway thread only. */
#ifndef GATEWAY_FLUSH_H
#define GATEWAY_FLUSH_H

#include "gateway/conn.h"

/* False: enough was appended in this turn; first some of it must be written, so that neither
   buffers nor turns grow without end. */
bool flush_wants_more(const struct gateway *gateway);

/* End of a turn: all urgent ones, some of the others; the rest in the turns that follow. */
void flush_slice(struct gateway *gateway);
void flush_urgent(struct gateway *gateway);
void flush_all(struct gateway *gateway);

/* The connection is in no queue any more. */
void flush_forget(struct conn *conn);

#endif
