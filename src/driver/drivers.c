/* Which driver serves a URL. */
#include "driver/driver.h"

/* In the order they are asked. */
static const qc_driver *const drivers[] = {&qc_sqlite_driver, &qc_postgresql_driver};

const qc_driver *qc_driver_find(const char *url)
{
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (drivers[i]->accepts(url))
            return drivers[i];
    return &qc_postgresql_driver;
}
