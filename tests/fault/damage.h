/* Messages of a PostgreSQL server made wrong, by a seed: what a hostile or broken server, or a
 * machine between, may send. Of most kinds the frames stay whole, so that what is wrong is for the
 * driver to find and not for libpq. */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

enum damage_kind {
    DAMAGE_NONE,
    DAMAGE_BYTES,        /* some bytes behind the length are others */
    DAMAGE_TYPE,         /* another type of message */
    DAMAGE_LENGTH,       /* another length, of the same bytes */
    DAMAGE_SHORTEN,      /* fewer bytes, with the length true */
    DAMAGE_LENGTHEN,     /* more bytes, likewise */
    DAMAGE_DROP,         /* no such message */
    DAMAGE_TWICE,        /* twice */
    DAMAGE_INTERRUPT,    /* another message before it, which does not belong there */
    DAMAGE_COPY,         /* the start of a COPY before it */
    DAMAGE_FLOOD,        /* as many notices and parameters before it as there is room for */
    DAMAGE_FIELD_COUNT,  /* of a row, or of its description */
    DAMAGE_VALUE_LENGTH, /* a value of a row has another length, the bytes are as many as it says */
    DAMAGE_VALUE_CLAIM,  /* a value's length is wrong for the bytes there are */
    DAMAGE_VALUE,        /* a value's bytes are others, among them zeros and what is no UTF-8 */
    DAMAGE_DESCRIPTION,  /* a column has another type, size or format */
    DAMAGE_FIRST_BYTE,   /* becomes `seed`; not by chance */
    DAMAGE_VALUE_BYTE,   /* one in the middle of a value becomes `seed`; not by chance */
    DAMAGE_KINDS
};

const char *damage_name(enum damage_kind kind);

typedef struct damage {
    enum damage_kind kind;
    uint64_t seed;
    int column; /* of the row whose value changes, from 0; -1: any */
    int length; /* that it gets; -1: any */
} damage;

/* Damages the message at `at`, of `size` bytes with its type, in place: returns the bytes that
 * stand there now, at most `room`. A kind that says nothing about such a message changes bytes. */
size_t damage_message(const damage *how, uint8_t *at, size_t size, size_t room);

#endif
