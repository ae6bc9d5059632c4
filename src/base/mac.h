/* Signatures: HMAC-SHA256 (RFC 2104, FIPS 180-4). */
#ifndef QC_BASE_MAC_H
#define QC_BASE_MAC_H

#include <stdbool.h>
#include <stddef.h>

enum { QC_MAC_SIZE = 32 };

/* A key of a secret of any length. False when the library that does it fails: out of memory. */
bool qc_mac_key(const void *secret, size_t length, unsigned char ret[QC_MAC_SIZE]);
/* The process' own random key, or NULL when there is no randomness to be had. */
const unsigned char *qc_mac_process_key(void);

/* What makes signatures, kept because to set it up takes longer than a signature; of one thread at
 * a time. NULL: memory is out. */
typedef struct evp_mac_ctx_st qc_mac;
qc_mac *qc_mac_new(void);
void qc_mac_free(qc_mac *mac);
bool qc_mac_make(qc_mac *mac, const unsigned char key[QC_MAC_SIZE], const void *data, size_t length,
                 unsigned char ret[QC_MAC_SIZE]);

/* Compares in a time that does not tell where they differ. */
bool qc_mac_equal(const void *a, const void *b, size_t length);

#endif
