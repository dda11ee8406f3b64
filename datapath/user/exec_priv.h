/* SPDX-License-Identifier: Apache-2.0 */
/* One function an instruction: exec_op_<NAME>() of dpact.def's rows.
 *
 * Each returns true to go on with the next instruction, and false when the
 * list is over for this packet, which is then consumed: sent, or freed and
 * counted.  'is_last' says that no instruction follows, so that the packet
 * itself may be given away instead of a copy. */
#ifndef WEIR_DATAPATH_USER_EXEC_PRIV_H
#define WEIR_DATAPATH_USER_EXEC_PRIV_H 1

#include "datapath/user/exec.h"

#define DPACT(NAME, STRUCT, TEXT, HELP)                                       \
    bool exec_op_##NAME(struct dp_exec *, struct packet *,                    \
                        const struct STRUCT *, bool is_last);
#include "datapath/dpact.def"
#undef DPACT

/* Counts and frees a packet whose list ends here; returns false. */
bool exec_end_drop(struct dp_exec *, struct packet *, enum dp_drop);

#endif
