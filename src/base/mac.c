/* HMAC-SHA256 by libcrypto. */
#include "base/mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>

bool qc_mac_key(const void *secret, size_t length, unsigned char ret[QC_MAC_SIZE])
{
    return EVP_Digest(secret, length, ret, NULL, EVP_sha256(), NULL) == 1;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned char process_key[QC_MAC_SIZE];
static bool has_process_key;

static void make_process_key(void)
{
    has_process_key = RAND_bytes(process_key, sizeof(process_key)) == 1;
}

const unsigned char *qc_mac_process_key(void)
{
    pthread_once(&once, make_process_key);
    return has_process_key ? process_key : NULL;
}

bool qc_mac_make(const unsigned char key[QC_MAC_SIZE], const void *data, size_t length,
                 unsigned char ret[QC_MAC_SIZE])
{
    return HMAC(EVP_sha256(), key, QC_MAC_SIZE, data, length, ret, NULL) != NULL;
}

bool qc_mac_equal(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}
