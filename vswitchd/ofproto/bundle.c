/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: messages that a controller gathers on the switch and then commits
 * as one, or discards [OF1.4.0 6.8, 7.3.9]; ONF extension 230 for 1.3.
 *
 * A bundle belongs to its connection.  Its messages wait as bytes, checked
 * when they come and decoded again when they run, so that a million of them
 * cost little more than what they took on the wire.  A commit is one
 * transaction whatever the flags: all of the messages, in order, or none.
 * One that nobody speaks of for BUNDLE_IDLE_MS is dropped.
 *
 * As with the peer: a message for an unknown bundle opens it; flags that
 * differ from those it was opened with, and what is done to a closed bundle,
 * end it; ports cannot be changed atomically. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

LOG_MODULE(bundles);

struct bundle {
    struct list node;          /* In the connection's 'bundles'. */
    struct ofconn *conn;
    uint32_t id;
    uint16_t flags;            /* OFPBF_*. */
    bool is_closed;
    struct loop_timer idle;
    struct buf messages;       /* One after another. */
    size_t n;
    uint8_t head[OFM_HEAD_BYTES]; /* Of the message that opened it, for the
                                   * error that ends it. */
    uint8_t head_len, version;
};

static struct bundle *
bundle_find(const struct ofconn *c, uint32_t id)
{
    LIST_FOR_EACH (struct bundle, b, node, &c->bundles) {
        if (b->id == id) {
            return b;
        }
    }
    return NULL;
}

static void
bundle_destroy(struct bundle *b)
{
    b->conn->n_bundles--;
    b->conn->bundles_bytes -= b->messages.len;
    loop_timer_cancel(&b->idle);
    list_remove(&b->node);
    buf_fini(&b->messages);
    free(b);
}

void
bundles_drop(struct ofconn *c)
{
    LIST_FOR_EACH_SAFE (struct bundle, b, node, &c->bundles) {
        bundle_destroy(b);
    }
}

static void
bundle_expire(void *b_)
{
    struct bundle *b = b_;
    struct buf reply = BUF_INIT;
    ofm_error_reply_raw(b->head, b->head_len, b->version,
                        OFPERR_OFPBFC_TIMEOUT, &reply);
    channel_send_bytes(b->conn->ch, reply.data, reply.len);
    buf_fini(&reply);
    log_info_rl("%s<->%s: bundle %#x dropped, it was idle for %d s",
                b->conn->of->name, channel_name(b->conn->ch), b->id,
                BUNDLE_IDLE_MS / 1000);
    bundle_destroy(b);
}

static enum ofp_err
check_flags(uint8_t version, uint16_t flags)
{
    /* To run at a time that the controller names [OF1.5.1 7.3.9.8]. */
    if (version >= OFP15_VERSION && flags & OFPBF_TIME) {
        return OFPERR_OFPBFC_SCHED_NOT_SUPPORTED;
    }
    return flags & ~(OFPBF_ATOMIC | OFPBF_ORDERED) ? OFPERR_OFPBFC_BAD_FLAGS
                                                   : 0;
}

static enum ofp_err
bundle_open(struct ofconn *c, const struct ofm *opener, uint32_t id,
            uint16_t flags, struct bundle **bp)
{
    enum ofp_err err = check_flags(opener->version, flags);
    if (!err && c->n_bundles >= BUNDLES_MAX) {
        err = OFPERR_OFPBFC_OUT_OF_BUNDLES;
    }
    if (err) {
        return err;
    }
    struct bundle *b = xzalloc(sizeof *b);
    b->conn = c;
    b->id = id;
    b->flags = flags;
    b->version = opener->version;
    b->head_len = opener->head_len;
    memcpy(b->head, opener->head, opener->head_len);
    buf_init(&b->messages);
    loop_timer_init(&b->idle, c->of->loop, bundle_expire, b);
    loop_timer_set_in(&b->idle, BUNDLE_IDLE_MS);
    list_push_back(&c->bundles, &b->node);
    c->n_bundles++;
    *bp = b;
    return 0;
}

/* ## Messages ## */

static enum ofp_err
check_message(struct ofconn *c, const struct ofm_bundle_add *add)
{
    struct ofm *m;
    enum ofp_err err = ofm_decode(add->message.p, add->message.n,
                                  channel_formats(c->ch), &m);
    if (!err) {
        ofm_destroy(m);
    }
    return err;
}

static enum ofp_err
put_message(struct bundle *b, const struct ofm_bundle_add *add)
{
    if (b->flags != add->flags) {
        return OFPERR_OFPBFC_BAD_FLAGS;
    }
    if (b->is_closed) {
        return OFPERR_OFPBFC_BUNDLE_CLOSED;
    }
    if (b->n >= BUNDLE_MESSAGES_MAX
        || b->conn->bundles_bytes + add->message.n > BUNDLES_BYTES_MAX) {
        return OFPERR_OFPBFC_MSG_TOO_MANY;
    }
    buf_put(&b->messages, add->message.p, add->message.n);
    b->conn->bundles_bytes += add->message.n;
    b->n++;
    loop_timer_set_in(&b->idle, BUNDLE_IDLE_MS);
    return 0;
}

enum ofp_err
bundle_add(struct ofconn *c, struct ofm *m)
{
    const struct ofm_bundle_add *add = &m->bundle_add;
    if (c->role == OFPCR_ROLE_SLAVE) {
        return OFPERR_OFPBRC_IS_SECONDARY;
    }
    enum ofp_err err = check_message(c, add);
    if (err) {
        return err;
    }
    struct bundle *b = bundle_find(c, add->bundle_id);
    if (!b) {
        err = bundle_open(c, m, add->bundle_id, add->flags, &b);
        if (err) {
            return err;
        }
    }
    err = put_message(b, add);
    if (err) {
        bundle_destroy(b);
    }
    return err;
}

/* ## Commit ## */

/* The error names the message as it came, with the envelope around it. */
static void
send_message_error(struct bundle *b, const uint8_t *message, size_t len,
                   uint8_t version, enum ofp_err err)
{
    struct buf whole = BUF_INIT, reply = BUF_INIT;
    struct ofm m;
    ofm_init(&m, OFM_BUNDLE_ADD_MESSAGE);
    m.xid = be32_to_cpu(get_unaligned_be32(message + 4));
    m.bundle_add.bundle_id = b->id;
    m.bundle_add.flags = b->flags;
    m.bundle_add.message.p = (void *)(uintptr_t)message;
    m.bundle_add.message.n = len;
    if (ofm_encode(&m, version, 0, &whole)) {
        ofm_error_reply_raw(whole.data, whole.len, version, err, &reply);
        channel_send_bytes(b->conn->ch, reply.data, reply.len);
    }
    log_info_rl("%s<->%s: bundle %#x: %s refused: %s", b->conn->of->name,
                channel_name(b->conn->ch), b->id,
                ofm_type_name(ofm_type_of_bytes(message, len, &err)),
                ofp_err_name(err));
    buf_fini(&whole);
    buf_fini(&reply);
}

static enum ofp_err
run_message(struct bundle *b, const uint8_t *message, size_t len)
{
    struct ofm *m;
    enum ofp_err err = ofm_decode(message, len, channel_formats(b->conn->ch),
                                  &m);
    if (err) {
        return err;
    }
    b->conn->of->actor_xid = m->xid;
    err = m->type == OFM_PORT_MOD && b->flags & OFPBF_ATOMIC
              ? OFPERR_OFPBFC_MSG_FAILED
              : ofproto_apply(b->conn->of, m);
    ofm_destroy(m);
    return err;
}

static enum ofp_err
bundle_commit(struct bundle *b, uint8_t version)
{
    struct ofproto *of = b->conn->of;
    const uint8_t *p = b->messages.data, *end = p + b->messages.len;
    txn_begin(of);
    while (p < end) {
        size_t len = be16_to_cpu(get_unaligned_be16(p + 2));
        enum ofp_err err = run_message(b, p, len);
        if (err) {
            txn_rollback(of);
            send_message_error(b, p, len, version, err);
            return OFPERR_OFPBFC_MSG_FAILED;
        }
        p += len;
    }
    txn_commit(of);
    return 0;
}

/* ## Control ## */

static enum ofp_err
on_open(struct ofconn *c, const struct ofm *rq, struct bundle *b)
{
    const struct ofm_bundle_control *bc = &rq->bundle_control;
    if (b) {
        bundle_destroy(b);
        return OFPERR_OFPBFC_BAD_ID;
    }
    return bundle_open(c, rq, bc->bundle_id, bc->flags, &b);
}

static enum ofp_err
on_close(struct bundle *b, uint16_t flags)
{
    enum ofp_err err = b->is_closed ? OFPERR_OFPBFC_BUNDLE_CLOSED
                       : b->flags != flags ? OFPERR_OFPBFC_BAD_FLAGS
                                           : 0;
    if (err) {
        bundle_destroy(b);
        return err;
    }
    b->is_closed = true;
    loop_timer_set_in(&b->idle, BUNDLE_IDLE_MS);
    return 0;
}

static enum ofp_err
on_commit(struct bundle *b, uint16_t flags, uint8_t version)
{
    enum ofp_err err = b->flags != flags ? OFPERR_OFPBFC_BAD_FLAGS
                                         : bundle_commit(b, version);
    bundle_destroy(b);
    return err;
}

static enum ofp_err
control(struct ofconn *c, const struct ofm *rq)
{
    const struct ofm_bundle_control *bc = &rq->bundle_control;
    struct bundle *b = bundle_find(c, bc->bundle_id);
    if (bc->type > OFPBCT_DISCARD_REQUEST || bc->type & 1) {
        return OFPERR_OFPBFC_BAD_TYPE;
    }
    if (bc->type == OFPBCT_OPEN_REQUEST) {
        return on_open(c, rq, b);
    }
    if (!b) {
        return OFPERR_OFPBFC_BAD_ID;
    }
    switch (bc->type) {
    case OFPBCT_CLOSE_REQUEST:
        return on_close(b, bc->flags);
    case OFPBCT_COMMIT_REQUEST:
        return on_commit(b, bc->flags, rq->version);
    default:
        bundle_destroy(b);
        return 0;
    }
}

enum ofp_err
bundle_control(struct ofconn *c, struct ofm *rq)
{
    enum ofp_err err = c->role == OFPCR_ROLE_SLAVE
                           ? OFPERR_OFPBRC_IS_SECONDARY
                           : control(c, rq);
    if (!err) {
        struct ofm m;
        ofm_init(&m, OFM_BUNDLE_CONTROL);
        m.xid = rq->xid;
        m.is_reply = true;
        m.bundle_control.bundle_id = rq->bundle_control.bundle_id;
        m.bundle_control.type = (uint16_t)(rq->bundle_control.type + 1);
        channel_send(c->ch, &m);
        ofm_fini(&m);
    }
    return err;
}
