/* The version of the headers, and of the library that is linked. */
#ifndef QUERCUS_VERSION_H
#define QUERCUS_VERSION_H

#define QUERCUS_VERSION "0.1.0"

/* QUERCUS_VERSION as it was when the library was built. */
const char *qc_version(void);

#endif
