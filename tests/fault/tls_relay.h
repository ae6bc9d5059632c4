/* TLS before a server that speaks none, as some proxies end it: what the server answers in a moment
 * goes on as 8,000 bytes and, after a moment, the rest, in records as long as TLS has them (16 KiB;
 * RFC 8446, 5.1), with nothing behind the last. Linked in, libpq is as it was until 2026: it leaves in
 * OpenSSL what it has no room for. A thread of this process; one connection at a time. */
#ifndef TESTS_TLS_RELAY_H
#define TESTS_TLS_RELAY_H

/* To a port of this machine, with FILE.crt and FILE.key; returns the port it listens on. It ends with
 * the process. The test fails when it cannot. */
int tls_relay_start(int server_port, const char *file);

#endif
