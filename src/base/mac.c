/* HMAC-SHA256 by libcrypto. */
#include "base/mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
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

qc_mac *qc_mac_new(void)
{
    const OSSL_PARAM digest[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    qc_mac *mac = algorithm ? EVP_MAC_CTX_new(algorithm) : NULL;
    EVP_MAC_free(algorithm);
    if (!mac || EVP_MAC_CTX_set_params(mac, digest))
        return mac;
    qc_mac_free(mac);
    return NULL;
}

void qc_mac_free(qc_mac *mac)
{
    EVP_MAC_CTX_free(mac);
}

bool qc_mac_make(qc_mac *mac, const unsigned char key[QC_MAC_SIZE], const void *data, size_t length,
                 unsigned char ret[QC_MAC_SIZE])
{
    size_t size;
    return EVP_MAC_init(mac, key, QC_MAC_SIZE, NULL) == 1 &&
           EVP_MAC_update(mac, data, length) == 1 &&
           EVP_MAC_final(mac, ret, &size, QC_MAC_SIZE) == 1;
}

bool qc_mac_equal(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}
