/* The version the library was built as. */
#include <quercus/version.h>

const char *qc_version(void)
{
    return QUERCUS_VERSION;
}
