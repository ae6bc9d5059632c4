/* Certificates for a server of a test's own, as files. */
#ifndef TESTS_FAULT_CERTIFICATES_H
#define TESTS_FAULT_CERTIFICATES_H

typedef struct certificate {
    const char *file; /* FILE.crt and FILE.key */
    const char *host; /* it is for */
    int from_s, to_s; /* when it is valid, from now on */
} certificate;

/* Makes an authority, `authority`.crt, and certificates that it signs, all in `folder`, whose owner
 * gets them. The test fails when it cannot. */
void certificates_make(const char *folder, const char *authority, const certificate *hosts,
                       int count);

#endif
