/* See tls_relay.h. */
#define _GNU_SOURCE /* dladdr, RTLD_NEXT */
#include "tls_relay.h"

#include <arpa/inet.h>
#include <check.h>
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOMENT_MS = 5, MOST = 1 << 20, REQUEST = 8, FIRST = 8000 };

static SSL_CTX *context;
static int listener;
static struct sockaddr_in server;

/* ---- A libpq that leaves what it has no room for, as all did until 2026. ---- */

typedef int pending_fn(const SSL *);

int SSL_pending(const SSL *ssl)
{
    void *symbol = dlsym(RTLD_NEXT, "SSL_pending");
    pending_fn *pending;
    Dl_info caller;
    memcpy(&pending, &symbol, sizeof(pending));
    const bool known = dladdr(__builtin_return_address(0), &caller);
    return known && strstr(caller.dli_fname, "libpq") ? 0 : pending(ssl);
}

/* ---- One connection. ---- */

typedef struct relay {
    SSL *client;
    int client_fd, server_fd;
    char data[MOST];
} relay;

static bool send_all(int fd, const char *data, ssize_t size)
{
    while (size > 0) {
        const ssize_t sent = send(fd, data, (size_t)size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        size -= sent;
    }
    return true;
}

static bool is_ready(int fd, int milliseconds)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, milliseconds) == 1;
}

static bool pass_questions(relay *r)
{
    do {
        const int size = SSL_read(r->client, r->data, MOST);
        if (size <= 0 || !send_all(r->server_fd, r->data, size))
            return false;
    } while (SSL_pending(r->client) > 0);
    return true;
}

static bool pass_answers(relay *r)
{
    int size = 0;
    do {
        const ssize_t got = recv(r->server_fd, r->data + size, (size_t)(MOST - size), 0);
        if (got <= 0)
            return false;
        size += (int)got;
    } while (size < MOST && is_ready(r->server_fd, MOMENT_MS));
    const int first = size < FIRST ? size : FIRST, rest = size - first;
    if (SSL_write(r->client, r->data, first) != first)
        return false;
    poll(NULL, 0, MOMENT_MS);
    return !rest || SSL_write(r->client, r->data + first, rest) == rest;
}

static void pass_on(relay *r)
{
    struct pollfd both[] = {{.fd = r->client_fd, .events = POLLIN},
                            {.fd = r->server_fd, .events = POLLIN}};
    bool good = true;
    while (good && poll(both, 2, -1) > 0) {
        if (both[0].revents)
            good = pass_questions(r);
        if (good && both[1].revents)
            good = pass_answers(r);
    }
}

/* The client asks whether there is TLS, in 8 bytes. */
static bool begin(relay *r)
{
    return recv(r->client_fd, r->data, REQUEST, MSG_WAITALL) == REQUEST &&
           send_all(r->client_fd, "S", 1) && SSL_set_fd(r->client, r->client_fd) == 1 &&
           SSL_accept(r->client) == 1 &&
           connect(r->server_fd, (struct sockaddr *)&server, sizeof(server)) == 0;
}

static void *run(void *data)
{
    static relay r;
    (void)data;
    while ((r.client_fd = accept(listener, NULL, NULL)) >= 0) {
        r.client = SSL_new(context);
        r.server_fd = socket(AF_INET, SOCK_STREAM, 0);
        if (r.client && begin(&r))
            pass_on(&r);
        SSL_free(r.client);
        close(r.server_fd);
        close(r.client_fd);
    }
    return NULL;
}

/* ---- ---- */

static void load(const char *file)
{
    char path[512];
    context = SSL_CTX_new(TLS_server_method());
    ck_assert_ptr_nonnull(context);
    snprintf(path, sizeof(path), "%s.crt", file);
    ck_assert_int_eq(SSL_CTX_use_certificate_file(context, path, SSL_FILETYPE_PEM), 1);
    snprintf(path, sizeof(path), "%s.key", file);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM), 1);
}

int tls_relay_start(int server_port, const char *file)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    pthread_t thread;
    server = address;
    server.sin_port = htons((uint16_t)server_port);
    load(file);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 &&
              listen(listener, 4) == 0 &&
              getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
    pthread_detach(thread);
    return ntohs(address.sin_port);
}
