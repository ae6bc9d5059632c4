/* See certificates.h. */
#include "certificates.h"

#include <check.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOUR_S = 3600 };

static FILE *create(const char *folder, const char *name, const char *end)
{
    char path[512];
    struct stat owner;
    snprintf(path, sizeof(path), "%s/%s.%s", folder, name, end);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(stat(folder, &owner), 0);
    ck_assert_int_eq(fchown(fd, owner.st_uid, owner.st_gid), 0);
    FILE *file = fdopen(fd, "w");
    ck_assert_ptr_nonnull(file);
    return file;
}

static void add_extension(X509 *made, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(made, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* An authority signs itself: `issuer` is NULL. */
static X509 *make(const certificate *what, EVP_PKEY *key, const X509 *issuer, EVP_PKEY *signer)
{
    static long serial;
    char names[300];
    X509 *made = X509_new();
    ck_assert_ptr_nonnull(made);
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), what->from_s);
    X509_gmtime_adj(X509_getm_notAfter(made), what->to_s);
    X509_set_pubkey(made, key);
    X509_NAME *name = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)what->host, -1, -1,
                               0);
    X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer) : name);
    snprintf(names, sizeof(names), "DNS:%s", what->host);
    if (issuer)
        add_extension(made, NID_subject_alt_name, names);
    else
        add_extension(made, NID_basic_constraints, "critical,CA:TRUE");
    ck_assert_int_gt(X509_sign(made, signer, EVP_sha256()), 0);
    return made;
}

static void write_files(const char *folder, const char *name, X509 *made, EVP_PKEY *key)
{
    FILE *file = create(folder, name, "crt");
    ck_assert_int_eq(PEM_write_X509(file, made), 1);
    fclose(file);
    file = create(folder, name, "key");
    ck_assert_int_eq(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
}

void certificates_make(const char *folder, const char *authority, const certificate *hosts,
                       int count)
{
    const certificate own = {authority, authority, -HOUR_S, HOUR_S};
    EVP_PKEY *signer = EVP_EC_gen("P-256");
    X509 *issuer = make(&own, signer, NULL, signer);
    write_files(folder, authority, issuer, signer);
    for (int i = 0; i < count; i++) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *made = make(&hosts[i], key, issuer, signer);
        write_files(folder, hosts[i].file, made, key);
        X509_free(made);
        EVP_PKEY_free(key);
    }
    X509_free(issuer);
    EVP_PKEY_free(signer);
}
