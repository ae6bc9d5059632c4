/* See proxy_link.h. */
#define _GNU_SOURCE /* POLLRDHUP, memmem */
#include "proxy_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Of a message: to look for the rule's text in, and to damage. */
enum { PREFIX = 160, HARMED = 4096 };

int64_t proxy_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

proxy_link *proxy_link_new(int client, int server)
{
    proxy_link *link = calloc(1, sizeof(*link));
    if (!link) {
        close(client);
        if (server >= 0)
            close(server);
        return NULL;
    }
    link->fds[PROXY_CLIENT] = client;
    link->fds[PROXY_SERVER] = server;
    for (int side = 0; side < PROXY_SIDES; side++)
        link->flows[side].limit = UINT64_MAX;
    return link;
}

static void close_side(proxy_link *link, int side)
{
    if (link->fds[side] >= 0)
        close(link->fds[side]);
    link->fds[side] = -1;
}

static void close_link(proxy_link *link)
{
    close_side(link, PROXY_CLIENT);
    close_side(link, PROXY_SERVER);
    link->state = PROXY_CLOSED;
}

void proxy_link_free(proxy_link *link)
{
    close_link(link);
    free(link);
}

/* ---- Ends. ---- */

/* The client reads what was sent before it sees the end: closing a socket with unread bytes would
 * reset it. */
static void end_link(proxy_link *link)
{
    close_side(link, PROXY_SERVER);
    if (link->fds[PROXY_CLIENT] >= 0)
        shutdown(link->fds[PROXY_CLIENT], SHUT_WR);
    link->state = PROXY_DRAINING;
}

static void reset_link(proxy_link *link)
{
    const struct linger at_once = {1, 0};
    for (int side = 0; side < PROXY_SIDES; side++)
        if (link->fds[side] >= 0)
            setsockopt(link->fds[side], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close_link(link);
}

void proxy_link_break(proxy_link *link, enum proxy_manner manner)
{
    if (manner == PROXY_FIN)
        end_link(link);
    else if (manner == PROXY_RST)
        reset_link(link);
    else
        link->state = PROXY_SILENT;
}

/* ---- Messages. ---- */

static bool fits(const proxy_rules *rules, int side, char type, const uint8_t *data, size_t size)
{
    const proxy_cut *cut = &rules->cut;
    return rules->armed && (int)cut->side == side && (!cut->type || cut->type == type) &&
           (!cut->text || memmem(data, size, rules->text, strlen(rules->text)));
}

/* What is here of the message is damaged, and is sent on as it then is. */
static void harm(proxy_flow *flow, const damage *how)
{
    uint8_t *at = flow->data + (flow->scanned - flow->sent);
    const size_t whole = (size_t)(flow->next - flow->scanned);
    const size_t here = (size_t)(flow->received - flow->scanned), old = whole < here ? whole : here;
    const size_t behind = here - old,
                 room = sizeof(flow->data) - (size_t)(flow->received - flow->sent);
    uint8_t changed[sizeof(flow->data)];
    memcpy(changed, at, old);
    const size_t size = damage_message(how, changed, old, old + room);
    memmove(at + size, at + old, behind);
    memcpy(at, changed, size);
    flow->received += size - old;
    flow->next += size - old;
}

static void judge(proxy_flow *flow, int side, proxy_rules *rules, const uint8_t *data, size_t size)
{
    const uint64_t whole = flow->next - flow->scanned;
    flow->judged = true;
    rules->messages[side]++;
    if (!fits(rules, side, flow->type, data, size) || ++rules->matched < rules->cut.nth)
        return;
    if (rules->cut.damage.kind) {
        rules->armed = false;
        harm(flow, &rules->cut.damage);
        return;
    }
    const uint64_t offsets[] = {0, whole / 2, whole};
    flow->limit = flow->scanned + offsets[rules->cut.place];
    flow->manner = rules->cut.manner;
    rules->armed = false;
    rules->down = rules->down || rules->cut.down;
    rules->down_manner = rules->cut.manner;
}

/* How much of a message must be here to judge it. */
static size_t needed(const proxy_rules *rules)
{
    return rules->armed && rules->cut.damage.kind ? HARMED : PREFIX;
}

/* Finds the messages in what was received, as far as it goes. */
static void scan(proxy_link *link, int side, proxy_rules *rules)
{
    proxy_flow *flow = &link->flows[side];
    while (flow->scanned < flow->received) {
        const uint8_t *data = flow->data + (flow->scanned - flow->sent);
        const size_t here = (size_t)(flow->received - flow->scanned);
        if (flow->next == flow->scanned) {
            const size_t size = side == PROXY_CLIENT
                                    ? frame_from_client(&link->frames, data, here, &flow->type)
                                    : frame_from_server(&link->frames, data, here, &flow->type);
            flow->next += size;
            flow->judged = false;
            if (!size)
                break;
        }
        const size_t left = (size_t)(flow->next - flow->scanned), take = left < here ? left : here;
        if (!flow->judged && take < left && take < needed(rules))
            break;
        if (!flow->judged) {
            judge(flow, side, rules, data, take < PREFIX ? take : PREFIX);
            continue;
        }
        flow->scanned += take;
    }
    if (flow->ended)
        flow->scanned = flow->received;
}

/* ---- Bytes. ---- */

static void receive(proxy_link *link, int side, proxy_rules *rules)
{
    proxy_flow *flow = &link->flows[side];
    const size_t used = (size_t)(flow->received - flow->sent);
    if (flow->ended || used == sizeof(flow->data))
        return;
    const ssize_t got = recv(link->fds[side], flow->data + used, sizeof(flow->data) - used, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (used == 0 && rules->delay_ms)
        flow->not_before_ms = proxy_now_ms() + rules->delay_ms;
    flow->received += got > 0 ? (uint64_t)got : 0;
    flow->ended = got <= 0;
    scan(link, side, rules);
}

/* How many bytes may be sent on. */
static size_t cleared(const proxy_flow *flow)
{
    const uint64_t end = flow->limit < flow->scanned ? flow->limit : flow->scanned;
    return (size_t)(end - flow->sent);
}

static void consume(proxy_flow *flow, size_t size)
{
    flow->sent += size;
    memmove(flow->data, flow->data + size, (size_t)(flow->received - flow->sent));
}

static void forward(proxy_link *link, int side, const proxy_rules *rules)
{
    proxy_flow *flow = &link->flows[side];
    size_t size = cleared(flow);
    if (!size || proxy_now_ms() < flow->not_before_ms)
        return;
    if (rules->dribble)
        size = 1;
    const ssize_t sent =
        flow->dead ? (ssize_t)size
                   : send(link->fds[!side], flow->data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        consume(flow, (size_t)sent);
    else if (errno != EAGAIN && errno != EINTR)
        flow->dead = true;
}

static void serve_open(proxy_link *link, proxy_rules *rules, const struct pollfd polls[PROXY_SIDES])
{
    for (int side = 0; side < PROXY_SIDES; side++)
        if (polls[side].revents & (POLLIN | POLLHUP | POLLERR))
            receive(link, side, rules);
    for (int side = 0; side < PROXY_SIDES && link->state == PROXY_OPEN; side++) {
        proxy_flow *flow = &link->flows[side];
        forward(link, side, rules);
        if (flow->sent == flow->limit)
            proxy_link_break(link, flow->manner);
        else if (flow->ended && flow->sent == flow->received)
            end_link(link);
    }
}

/* Ends of the peers are noted, so that nothing stays when both are gone. */
static void serve_silent(proxy_link *link, const struct pollfd polls[PROXY_SIDES])
{
    for (int side = 0; side < PROXY_SIDES; side++)
        if (polls[side].revents & (POLLRDHUP | POLLHUP | POLLERR))
            close_side(link, side);
    if (link->fds[PROXY_CLIENT] < 0 && link->fds[PROXY_SERVER] < 0)
        link->state = PROXY_CLOSED;
}

static void serve_draining(proxy_link *link, const struct pollfd polls[PROXY_SIDES])
{
    char unread[4096];
    if (!polls[PROXY_CLIENT].revents)
        return;
    const ssize_t got = recv(link->fds[PROXY_CLIENT], unread, sizeof(unread), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        close_link(link);
}

void proxy_link_serve(proxy_link *link, proxy_rules *rules, const struct pollfd polls[PROXY_SIDES])
{
    if (link->state == PROXY_OPEN)
        serve_open(link, rules, polls);
    else if (link->state == PROXY_SILENT)
        serve_silent(link, polls);
    else if (link->state == PROXY_DRAINING)
        serve_draining(link, polls);
}

/* ---- What to wait for. ---- */

static void lower(int *timeout_ms, int64_t wanted)
{
    const int least = wanted < 0 ? 0 : (int)wanted;
    if (*timeout_ms < 0 || least < *timeout_ms)
        *timeout_ms = least;
}

static short open_events(const proxy_link *link, int side, int *timeout_ms)
{
    const proxy_flow *in = &link->flows[side], *out = &link->flows[!side];
    short events = 0;
    if (!in->ended && in->received - in->sent < sizeof(in->data))
        events |= POLLIN;
    if (!cleared(out))
        return events;
    const int64_t wait = out->not_before_ms - proxy_now_ms();
    if (wait > 0 || out->dead)
        lower(timeout_ms, wait);
    else
        events |= POLLOUT;
    return events;
}

void proxy_link_ask(const proxy_link *link, struct pollfd polls[PROXY_SIDES], int *timeout_ms)
{
    for (int side = 0; side < PROXY_SIDES; side++) {
        short events = POLLIN;
        if (link->state == PROXY_OPEN)
            events = open_events(link, side, timeout_ms);
        else if (link->state == PROXY_SILENT)
            events = POLLRDHUP;
        polls[side] = (struct pollfd){.fd = events ? link->fds[side] : -1, .events = events};
    }
}
