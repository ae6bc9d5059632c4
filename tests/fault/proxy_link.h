/* One connection through the proxy: what it holds, and what poll is to tell about it. No locks. */
#ifndef TESTS_PROXY_LINK_H
#define TESTS_PROXY_LINK_H

#include "proxy.h"

#include <poll.h>

/* What the proxy is told to do. */
typedef struct proxy_rules {
    proxy_cut cut;
    char text[64]; /* what cut.text points to */
    bool armed;    /* the cut is yet to come */
    int matched;   /* messages that fitted */
    bool dribble, down;
    int delay_ms;
    enum proxy_manner down_manner;
    long messages[PROXY_SIDES];
} proxy_rules;

/* One direction. Positions count the bytes of the stream. */
typedef struct proxy_flow {
    uint64_t sent, scanned, received;
    uint64_t next;  /* where the message at hand ends */
    uint64_t limit; /* the cut is to be made here */
    int64_t not_before_ms;
    bool judged; /* the rule has seen the message at hand */
    bool ended;  /* the sender sends no more */
    bool dead;   /* the receiver receives no more */
    char type;
    enum proxy_manner manner;
    uint8_t data[32 * 1024]; /* from `sent` on */
} proxy_flow;

enum proxy_state { PROXY_OPEN, PROXY_SILENT, PROXY_DRAINING, PROXY_CLOSED };

typedef struct proxy_link {
    struct proxy_link *next;
    enum proxy_state state;
    int fds[PROXY_SIDES]; /* -1: closed */
    frame_state frames;
    proxy_flow flows[PROXY_SIDES]; /* by who sends */
} proxy_link;

/* Takes the sockets over; `server` may be -1 when the link is never to be open. NULL: no memory. */
proxy_link *proxy_link_new(int client, int server);
void proxy_link_free(proxy_link *link);
/* What to wait for, for at most *timeout_ms, which is lowered (-1: for ever). */
void proxy_link_ask(const proxy_link *link, struct pollfd polls[PROXY_SIDES], int *timeout_ms);
/* Does what can be done; afterwards `state` says whether the link goes on. */
void proxy_link_serve(proxy_link *link, proxy_rules *rules, const struct pollfd polls[PROXY_SIDES]);
void proxy_link_break(proxy_link *link, enum proxy_manner manner);

int64_t proxy_now_ms(void);

#endif
