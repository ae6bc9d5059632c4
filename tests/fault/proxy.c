/* See proxy.h: the thread, and what tests say to it. */
#define _GNU_SOURCE /* accept4 */
#include "proxy_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libpq-fe.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct proxy {
    pthread_mutex_t lock; /* of all that follows */
    pthread_t thread;
    bool stop;
    proxy_rules rules;
    proxy_link *links;
    int link_count;
    long accepted;
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in remote;
    } server;
    struct pollfd *polls; /* the thread's own */
    /* What does not change. */
    int listener, wake[2];
    char url[1024];
};

/* ---- Connections. ---- */

static int connect_server(const proxy *p)
{
    const bool local = p->server.any.sa_family == AF_UNIX;
    const int fd = socket(p->server.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const socklen_t size = local ? sizeof(p->server.local) : sizeof(p->server.remote);
    if (connect(fd, &p->server.any, size) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

static void accept_client(proxy *p)
{
    const int one = 1, client = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    const int server = p->rules.down ? -1 : connect_server(p);
    proxy_link *link = proxy_link_new(client, server);
    if (!link)
        return;
    if (server < 0)
        proxy_link_break(link, p->rules.down ? p->rules.down_manner : PROXY_FIN);
    link->next = p->links;
    p->links = link;
    p->link_count++;
    p->accepted++;
}

static void remove_closed(proxy *p)
{
    for (proxy_link **at = &p->links; *at;) {
        proxy_link *link = *at;
        if (link->state != PROXY_CLOSED) {
            at = &link->next;
            continue;
        }
        *at = link->next;
        proxy_link_free(link);
        p->link_count--;
    }
}

/* ---- The thread. ---- */

enum { FIXED = 2 }; /* of the polled: the listener, what wakes */

/* How many; -1: out of memory. */
static int fill_polls(proxy *p, int *timeout_ms)
{
    const size_t count = FIXED + (size_t)p->link_count * PROXY_SIDES;
    struct pollfd *polls = realloc(p->polls, count * sizeof(*polls));
    if (!polls)
        return -1;
    p->polls = polls;
    *polls++ = (struct pollfd){.fd = p->listener, .events = POLLIN};
    *polls++ = (struct pollfd){.fd = p->wake[0], .events = POLLIN};
    for (const proxy_link *link = p->links; link; link = link->next, polls += PROXY_SIDES)
        proxy_link_ask(link, polls, timeout_ms);
    return (int)count;
}

static void serve(proxy *p)
{
    const struct pollfd *polls = p->polls + FIXED;
    char woken[64];
    if (p->polls[1].revents)
        recv(p->wake[0], woken, sizeof(woken), MSG_DONTWAIT);
    for (proxy_link *link = p->links; link; link = link->next, polls += PROXY_SIDES)
        proxy_link_serve(link, &p->rules, polls);
    if (p->polls[0].revents)
        accept_client(p);
    remove_closed(p);
}

static void *run(void *data)
{
    proxy *p = data;
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        int timeout_ms = -1;
        const int count = fill_polls(p, &timeout_ms);
        pthread_mutex_unlock(&p->lock);
        const int ready = count < 0 ? -1 : poll(p->polls, (nfds_t)count, timeout_ms);
        pthread_mutex_lock(&p->lock);
        if (ready >= 0)
            serve(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void wake(proxy *p)
{
    send(p->wake[1], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ---- Starting and stopping. ---- */

static bool set_address(proxy *p, const char *host, const char *port)
{
    const int number = atoi(port);
    memset(&p->server, 0, sizeof(p->server));
    if (host[0] == '/') {
        p->server.local.sun_family = AF_UNIX;
        const size_t room = sizeof(p->server.local.sun_path);
        return snprintf(p->server.local.sun_path, room, "%s/.s.PGSQL.%d", host, number) < (int)room;
    }
    p->server.remote.sin_family = AF_INET;
    p->server.remote.sin_port = htons((uint16_t)number);
    return inet_pton(AF_INET, host, &p->server.remote.sin_addr) == 1;
}

static bool find_server(proxy *p, const char *url)
{
    const char *host = "", *port = "5432";
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    for (const PQconninfoOption *o = options; o && o->keyword; o++) {
        if (o->val && strcmp(o->keyword, "host") == 0)
            host = o->val;
        if (o->val && strcmp(o->keyword, "port") == 0)
            port = o->val;
    }
    const bool good = set_address(p, host, port);
    PQconninfoFree(options);
    return good;
}

static bool begin_listening(proxy *p, const char *url)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->listener < 0 || bind(p->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(p->listener, 128) != 0 ||
        getsockname(p->listener, (struct sockaddr *)&address, &size) != 0)
        return false;
    const bool is_uri = strstr(url, "://");
    const char *between = !is_uri ? " " : strchr(url, '?') ? "&" : "?";
    /* The last of several values of one parameter counts. */
    return snprintf(p->url, sizeof(p->url), "%s%shost=127.0.0.1%sport=%d", url, between,
                    is_uri ? "&" : " ", (int)ntohs(address.sin_port)) < (int)sizeof(p->url);
}

static void free_proxy(proxy *p)
{
    while (p->links) {
        proxy_link *link = p->links;
        p->links = link->next;
        proxy_link_free(link);
    }
    const int fds[] = {p->listener, p->wake[0], p->wake[1]};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pthread_mutex_destroy(&p->lock);
    free(p->polls);
    free(p);
}

proxy *proxy_start(const char *server_url)
{
    proxy *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->listener = p->wake[0] = p->wake[1] = -1;
    pthread_mutex_init(&p->lock, NULL);
    if (find_server(p, server_url) && begin_listening(p, server_url) &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->wake) == 0 &&
        pthread_create(&p->thread, NULL, run, p) == 0)
        return p;
    free_proxy(p);
    return NULL;
}

void proxy_stop(proxy *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    wake(p);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    free_proxy(p);
}

const char *proxy_url(const proxy *p)
{
    return p->url;
}

/* ---- What is to happen. ---- */

static proxy_rules *change(proxy *p)
{
    pthread_mutex_lock(&p->lock);
    return &p->rules;
}

static void changed(proxy *p)
{
    wake(p);
    pthread_mutex_unlock(&p->lock);
}

void proxy_set_cut(proxy *p, const proxy_cut *cut)
{
    proxy_rules *rules = change(p);
    rules->cut = cut ? *cut : (proxy_cut){0};
    if (rules->cut.text) {
        snprintf(rules->text, sizeof(rules->text), "%s", rules->cut.text);
        rules->cut.text = rules->text;
    }
    rules->armed = cut != NULL;
    rules->matched = 0;
    memset(rules->messages, 0, sizeof(rules->messages));
    changed(p);
}

bool proxy_has_cut(proxy *p)
{
    const proxy_rules *rules = change(p);
    const bool made = rules->cut.nth > 0 && !rules->armed;
    changed(p);
    return made;
}

bool proxy_redirect(proxy *p, const char *server_url)
{
    change(p);
    const bool good = find_server(p, server_url);
    changed(p);
    return good;
}

bool proxy_cut_now(proxy *p, unsigned choice, enum proxy_manner manner)
{
    change(p);
    unsigned open = 0;
    for (const proxy_link *link = p->links; link; link = link->next)
        open += link->state == PROXY_OPEN;
    unsigned skip = open ? choice % open : 0;
    for (proxy_link *link = p->links; link && open; link = link->next) {
        if (link->state != PROXY_OPEN || skip--)
            continue;
        proxy_link_break(link, manner);
        break;
    }
    changed(p);
    return open > 0;
}

void proxy_set_down(proxy *p, bool down, enum proxy_manner manner)
{
    proxy_rules *rules = change(p);
    rules->down = down;
    rules->down_manner = manner;
    changed(p);
}

void proxy_set_dribble(proxy *p, bool on)
{
    change(p)->dribble = on;
    changed(p);
}

void proxy_set_delay(proxy *p, int milliseconds)
{
    change(p)->delay_ms = milliseconds;
    changed(p);
}

void proxy_heal(proxy *p)
{
    proxy_rules *rules = change(p);
    *rules = (proxy_rules){.dribble = rules->dribble};
    for (proxy_link *link = p->links; link; link = link->next)
        if (link->state == PROXY_SILENT)
            proxy_link_break(link, PROXY_RST);
    changed(p);
}

proxy_counts proxy_count(proxy *p)
{
    proxy_counts counts = {0};
    const proxy_rules *rules = change(p);
    memcpy(counts.messages, rules->messages, sizeof(counts.messages));
    counts.accepted = p->accepted;
    for (const proxy_link *link = p->links; link; link = link->next) {
        counts.open += link->state != PROXY_CLOSED;
        counts.silent += link->state == PROXY_SILENT;
    }
    changed(p);
    return counts;
}
