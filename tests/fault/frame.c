/* See frame.h. */
#include "frame.h"

static uint32_t read_32(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static size_t typed(const uint8_t *data, size_t size, char *ret_type)
{
    if (size < 5)
        return 0;
    *ret_type = (char)data[0];
    return 1 + (size_t)read_32(data + 1);
}

static size_t opaque(size_t size, char *ret_type)
{
    *ret_type = FRAME_OPAQUE;
    return size;
}

size_t frame_from_client(frame_state *state, const uint8_t *data, size_t size, char *ret_type)
{
    enum { CANCEL = 80877102, SSL = 80877103, GSS = 80877104 };
    if (state->encrypted)
        return opaque(size, ret_type);
    if (state->started)
        return typed(data, size, ret_type);
    if (size < 8)
        return 0;
    const uint32_t code = read_32(data + 4);
    const bool asks = code == SSL || code == GSS;
    *ret_type = asks ? FRAME_SSL_REQUEST : code == CANCEL ? FRAME_CANCEL : FRAME_STARTUP;
    state->answers_due += asks;
    state->started = *ret_type == FRAME_STARTUP;
    return read_32(data);
}

size_t frame_from_server(frame_state *state, const uint8_t *data, size_t size, char *ret_type)
{
    if (state->encrypted)
        return opaque(size, ret_type);
    if (!state->answers_due)
        return typed(data, size, ret_type);
    state->answers_due--;
    state->encrypted = *data == 'S' || *data == 'G';
    *ret_type = FRAME_SSL_ANSWER;
    return 1;
}
