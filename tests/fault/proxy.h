/* A proxy on the PostgreSQL protocol that breaks connections at chosen messages, or damages those:
 * a thread of this process, which listens on a port of the loopback device. Tests say while it runs
 * what is to happen. Every function may be called by any thread. */
#ifndef TESTS_PROXY_H
#define TESTS_PROXY_H

#include "damage.h"
#include "frame.h"

typedef struct proxy proxy;

enum proxy_side { PROXY_CLIENT, PROXY_SERVER, PROXY_SIDES }; /* who sends */
enum proxy_place { PROXY_BEFORE, PROXY_WITHIN, PROXY_AFTER };
/* Both ends see the end of the stream, or a reset (the server, on a Unix socket: an end), or
 * nothing: the sockets stay open and nothing is read from them or sent any more. */
enum proxy_manner { PROXY_FIN, PROXY_RST, PROXY_SILENCE };

/* Cuts a connection at the `nth` message, from 1, that fits among those of all connections. */
typedef struct proxy_cut {
    enum proxy_side side;
    char type;        /* 0: any */
    const char *text; /* among the first bytes of the message; NULL: any */
    int nth;
    enum proxy_place place;
    enum proxy_manner manner;
    bool down;     /* from then on new connections end in the same manner */
    damage damage; /* unless its kind is DAMAGE_NONE it is not cut, and this is done to the message;
                    * of a long one to the beginning */
} proxy_cut;

typedef struct proxy_counts {
    long messages[PROXY_SIDES]; /* since the last proxy_set_cut */
    long accepted;              /* connections, since the beginning */
    int open, silent;           /* connections now; silent ones among them */
} proxy_counts;

/* NULL when the server's URL has no host that is a directory or an IPv4 address, and when
 * something fails. */
proxy *proxy_start(const char *server_url);
void proxy_stop(proxy *p);
/* The server's URL through the proxy; valid until proxy_stop. */
const char *proxy_url(const proxy *p);
/* Leads new connections to another server; false when its URL is no such one. */
bool proxy_redirect(proxy *p, const char *server_url);

/* Sets the one cut to come, NULL: none. Messages are counted anew from here. */
void proxy_set_cut(proxy *p, const proxy_cut *cut);
/* Whether it has been made. */
bool proxy_has_cut(proxy *p);
/* Cuts a connection at once, between two bytes: number `choice` modulo how many there are. False
 * when there is none. */
bool proxy_cut_now(proxy *p, unsigned choice, enum proxy_manner manner);
/* Whether new connections end at once, in this manner. */
void proxy_set_down(proxy *p, bool down, enum proxy_manner manner);
/* Forwards one byte at a time. */
void proxy_set_dribble(proxy *p, bool on);
/* Holds what was received back for so long. */
void proxy_set_delay(proxy *p, int milliseconds);
/* No cut, no delay, not down; what was silent is reset. */
void proxy_heal(proxy *p);

proxy_counts proxy_count(proxy *p);

#endif
