/* Where messages of the PostgreSQL protocol begin and end (the manual, "Message Formats"), in
 * either direction; what is encrypted has no messages, only bytes. */
#ifndef TESTS_FRAME_H
#define TESTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for the type of messages that have no type byte. */
enum { FRAME_STARTUP = 1, FRAME_SSL_REQUEST, FRAME_CANCEL, FRAME_SSL_ANSWER, FRAME_OPAQUE };

/* One connection: what its earlier messages say about the next ones. Zeroed at the beginning. */
typedef struct frame_state {
    bool started;    /* the client's startup message has passed: all others have a type */
    int answers_due; /* of the server to requests for encryption, a byte each */
    bool encrypted;  /* one was yes: what comes is FRAME_OPAQUE */
} frame_state;

/* The size in bytes, type included, and the type of the message at `data`, of which `size` bytes
 * are here; 0 when they are too few to tell. To be called once it is not 0, for each message in
 * turn. */
size_t frame_from_client(frame_state *state, const uint8_t *data, size_t size, char *ret_type);
size_t frame_from_server(frame_state *state, const uint8_t *data, size_t size, char *ret_type);

#endif
